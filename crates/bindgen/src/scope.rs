//! Where in the generated code things are: the modules of interfaces, seen from one another.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use wit_parser::{
    InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner, World, WorldId, WorldItem, WorldKey,
};

use crate::names::snake_text;
use crate::options::Keyed;
use crate::type_names::{Named, TypeNames};
use crate::{Error, Options, names};

/// On which side of a component something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The host gives it.
    Import,
    /// The component gives it.
    Export,
}

/// What is generated from.
pub(crate) struct Context<'a> {
    pub(crate) resolve: &'a Resolve,
    pub(crate) world: &'a World,
    pub(crate) waiting: Keyed,
    pub(crate) filling: Keyed,
    pub(crate) with: Keyed,
    pub(crate) foreign: Keyed,
    pub(crate) errors: Keyed,
}

impl<'a> Context<'a> {
    pub(crate) fn new(resolve: &'a Resolve, world: WorldId, options: &'a Options) -> Self {
        let listed = |option, names: &[String]| {
            Keyed::new(option, &names.iter().map(|name| (name.clone(), String::new())).collect::<Vec<_>>())
        };
        Self {
            resolve,
            world: &resolve.worlds[world],
            waiting: listed("waiting", &options.waiting),
            filling: listed("filling", &options.filling),
            with: Keyed::new("with", &options.with),
            foreign: Keyed::new("foreign", &options.foreign),
            errors: Keyed::new("errors", &options.errors),
        }
    }

    pub(crate) fn check_used(&self) -> Result<(), Error> {
        let all = [&self.waiting, &self.filling, &self.with, &self.foreign, &self.errors];
        all.into_iter().try_for_each(Keyed::check_used)
    }

    /// The key of an interface in the world.
    fn key(&self, interface: InterfaceId, side: Side) -> Option<&'a WorldKey> {
        let items = if side == Side::Export { &self.world.exports } else { &self.world.imports };
        let is_it = |item: &WorldItem| matches!(item, WorldItem::Interface { id, .. } if *id == interface);
        items.iter().find_map(|(key, item)| is_it(item).then_some(key))
    }

    /// Which one is meant where an interface is named on a side: what a component exports refers to what it exports, and to
    /// what it imports otherwise.
    pub(crate) fn side_of(&self, interface: InterfaceId, named_on: Side) -> Side {
        match named_on {
            Side::Export if self.key(interface, Side::Export).is_some() => Side::Export,
            _ => Side::Import,
        }
    }

    /// The module of an interface.
    pub(crate) fn module(&self, interface: InterfaceId, side: Side) -> Vec<String> {
        let mut module = Vec::new();
        if side == Side::Export {
            module.push("exports".to_owned());
        }
        let named = &self.resolve.interfaces[interface];
        match (self.key(interface, side), named.package, &named.name) {
            (Some(WorldKey::Name(name)), ..) | (None, None, Some(name)) => module.push(snake_text(name)),
            (_, Some(package), Some(name)) => {
                let package = &self.resolve.packages[package].name;
                module.push(snake_text(&package.namespace));
                module.push(self.package_module(package));
                module.push(snake_text(name));
            }
            _ => module.push("unnamed".to_owned()),
        }
        // Generated code calls its runtime so.
        module.into_iter().map(|name| if name == "rt" { "rt_".to_owned() } else { name }).collect()
    }

    /// With the version, if there is more than one.
    fn package_module(&self, package: &wit_parser::PackageName) -> String {
        let same = |other: &wit_parser::PackageName| other.namespace == package.namespace && other.name == package.name;
        let versions = self.resolve.packages.iter().filter(|(_, other)| same(&other.name)).count();
        match &package.version {
            Some(version) if versions > 1 => snake_text(&format!("{}-{version}", package.name)),
            _ => snake_text(&package.name),
        }
    }

    /// The name of an interface for options; one that has no name of its own has that of its import.
    pub(crate) fn interface_key(&self, interface: InterfaceId, side: Side) -> String {
        match self.key(interface, side) {
            Some(key) => self.resolve.name_world_key(key),
            None => self.resolve.id_of(interface).unwrap_or_default(),
        }
    }

    /// The name of a type for options.
    pub(crate) fn type_key(&self, def: &TypeDef, side: Side) -> String {
        let name = def.name.as_deref().unwrap_or_default();
        match def.owner {
            TypeOwner::Interface(interface) => format!("{}/{name}", self.interface_key(interface, side)),
            TypeOwner::World(_) | TypeOwner::None => name.to_owned(),
        }
    }

    /// The type that others are names of.
    pub(crate) fn origin(&self, mut id: TypeId) -> TypeId {
        while let TypeDefKind::Type(Type::Id(target)) = self.resolve.types[id].kind {
            id = target;
        }
        id
    }
}

/// A module, in which code is generated.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) module: Vec<String>,
    pub(crate) side: Side,
    /// Whose module it is, where its names for other types may be used.
    pub(crate) interface: Option<InterfaceId>,
}

impl<'a> Scope<'a> {
    /// The module of an interface.
    pub(crate) fn new(context: &'a Context<'a>, interface: InterfaceId, side: Side) -> Self {
        Self { context, module: context.module(interface, side), side, interface: Some(interface) }
    }

    /// The place of the bindings.
    pub(crate) fn root(context: &'a Context<'a>, side: Side) -> Self {
        Self { context, module: Vec::new(), side, interface: None }
    }

    pub(crate) fn resolve(&self) -> &'a Resolve {
        self.context.resolve
    }

    /// The way to another module, with `::` behind it; nothing, if it is this one.
    pub(crate) fn way_to(&self, module: &[String]) -> TokenStream {
        let common = self.module.iter().zip(module).take_while(|(a, b)| a == b).count();
        let up = (common..self.module.len()).map(|_| quote!(super::));
        let down = module[common..].iter().map(|name| {
            let name = names::snake(name);
            quote!(#name::)
        });
        up.chain(down).collect()
    }

    /// The way to the module of an interface, and on which side that is.
    pub(crate) fn way_to_interface(&self, interface: InterfaceId) -> Result<(TokenStream, Side), Error> {
        let side = self.context.side_of(interface, self.side);
        if side == Side::Import
            && let Some(path) =
                self.context.with.path(&self.context.interface_key(interface, side), self.module.len())?
        {
            return Ok((quote!(#path::), side));
        }
        Ok((self.way_to(&self.context.module(interface, side)), side))
    }

    /// A named type's path, and the side that its interface is on.
    pub(crate) fn type_path(&self, id: TypeId, named: Named) -> Result<(TokenStream, Side), Error> {
        let def = &self.resolve().types[id];
        if let Some((label, owner)) = self.own_name(id).zip(owner_of(def)) {
            let name = TypeNames::new(self.context, self.interface).of(label, named);
            return Ok((quote!(#name), self.context.side_of(owner, self.side)));
        }
        let (way, side) = match owner_of(def) {
            Some(interface) => self.way_to_interface(interface)?,
            None => (self.way_to(&[]), Side::Import),
        };
        if named == Named::Own
            && let Some(path) = self.with(id, side)?
        {
            return Ok((path, side));
        }
        let name = self.type_name(id, named);
        Ok((quote!(#way #name), side))
    }

    /// The name of a type in the module of its owner.
    pub(crate) fn type_name(&self, id: TypeId, named: Named) -> Ident {
        let def = &self.resolve().types[id];
        TypeNames::new(self.context, owner_of(def)).of(def.name.as_deref().unwrap_or_default(), named)
    }

    /// What this interface calls a type of another one.
    fn own_name(&self, id: TypeId) -> Option<&'a str> {
        let types = self.resolve().interfaces[self.interface?].types.values();
        let mut others = types.map(|other| (*other, &self.resolve().types[*other]));
        let is_it = |(other, def): &(TypeId, &TypeDef)| {
            matches!(def.kind, TypeDefKind::Type(Type::Id(_))) && *other != id && self.context.origin(*other) == id
        };
        others.find(is_it).and_then(|(_, def)| def.name.as_deref())
    }

    /// The Rust type that the options give for a type.
    pub(crate) fn with(&self, id: TypeId, side: Side) -> Result<Option<TokenStream>, Error> {
        let key = self.context.type_key(&self.resolve().types[id], side);
        self.context.with.path(&key, self.module.len())
    }
}

fn owner_of(def: &TypeDef) -> Option<InterfaceId> {
    match def.owner {
        TypeOwner::Interface(interface) => Some(interface),
        TypeOwner::World(_) | TypeOwner::None => None,
    }
}
