//! A world, item by item.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use wit_parser::{Docs, Function, InterfaceId, Resolve, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey};

use crate::client::Client;
use crate::docs::{docs, lines};
use crate::host::{Given, host};
use crate::module::Module;
use crate::names::{Unique, snake_text};
use crate::options::parse_path;
use crate::scope::{Context, Scope, Side};
use crate::type_names::TypeNames;
use crate::used::Used;
use crate::{Error, Options, declare::declare};

/// All that is collected on the way through a world.
struct Generator<'a> {
    context: &'a Context<'a>,
    used: Used,
    root: Module,
    /// The ways to the modules of hosts: for the world's own `add_to_linker`.
    hosts: Vec<TokenStream>,
    client: Client,
    clients: Unique,
}

pub(crate) fn generate(resolve: &Resolve, world: WorldId, options: &Options) -> Result<TokenStream, Error> {
    let context = Context::new(resolve, world, options);
    let mut generator = Generator {
        context: &context,
        used: Used::default(),
        root: Module::default(),
        hosts: Vec::new(),
        client: Client::without(&["new"]),
        clients: Unique::default(),
    };
    generator.collect()?;
    generator.imports()?;
    generator.exports()?;
    context.check_used()?;
    // A path that parses once parses at every depth.
    parse_path(&options.runtime, 0)?;
    let runtime = |depth| parse_path(&options.runtime, depth).unwrap_or_default();
    Ok(generator.root.print(&runtime, 0))
}

impl<'a> Generator<'a> {
    fn scope(&self, interface: InterfaceId, side: Side) -> Scope<'a> {
        Scope::new(self.context, interface, side)
    }

    fn root_scope(&self, side: Side) -> Scope<'a> {
        Scope::root(self.context, side)
    }

    /// Whether an imported interface is generated elsewhere.
    fn is_given(&self, interface: InterfaceId) -> bool {
        self.context.with.get(&self.context.interface_key(interface, Side::Import)).is_some()
    }

    fn functions(&self, interface: InterfaceId) -> Vec<&'a Function> {
        self.context.resolve.interfaces[interface].functions.values().collect()
    }

    fn collect(&mut self) -> Result<(), Error> {
        let context = self.context;
        for item in context.world.imports.values() {
            match item {
                WorldItem::Interface { id, .. } if !self.is_given(*id) => {
                    let scope = self.scope(*id, Side::Import);
                    self.functions(*id).into_iter().try_for_each(|function| self.used.add(&scope, function))?;
                }
                WorldItem::Function(function) => self.used.add(&self.root_scope(Side::Import), function)?,
                WorldItem::Interface { .. } | WorldItem::Type { .. } => {}
            }
        }
        Ok(())
    }

    fn declarations(&self, scope: &Scope<'_>, interface: InterfaceId) -> Result<TokenStream, Error> {
        let types = self.context.resolve.interfaces[interface].types.values();
        types.map(|id| declare(scope, &self.used, *id)).collect()
    }

    fn resources(&self, interface: InterfaceId) -> Vec<TypeId> {
        let types = self.context.resolve.interfaces[interface].types.values().copied();
        types.filter(|id| matches!(self.context.resolve.types[*id].kind, TypeDefKind::Resource)).collect()
    }

    fn imports(&mut self) -> Result<(), Error> {
        let (mut functions, mut types) = (Vec::new(), TokenStream::new());
        let (context, mut resources) = (self.context, Vec::new());
        for (key, item) in &context.world.imports {
            match item {
                WorldItem::Interface { id, .. } => {
                    let name = context.resolve.name_world_key(key);
                    self.import(*id, &name).map_err(|error| error.about(&name))?;
                }
                WorldItem::Function(function) => functions.push(function),
                WorldItem::Type { id, .. } => {
                    types.extend(declare(&self.root_scope(Side::Import), &self.used, *id)?);
                    if matches!(context.resolve.types[*id].kind, TypeDefKind::Resource) {
                        resources.push(*id);
                    }
                }
            }
        }
        self.root.add(&[], "", types);
        self.root_host(functions, resources)
    }

    /// What the root imports itself, and `add_to_linker` for all that the world imports.
    fn root_host(&mut self, functions: Vec<&'a Function>, resources: Vec<TypeId>) -> Result<(), Error> {
        let scope = self.root_scope(Side::Import);
        let given = Given { scope: &scope, key: String::new(), path: String::new(), functions, resources };
        let (_, name) = TypeNames::of_world(self.context);
        let adder = format_ident!("add_root_to_linker");
        let mut bounds: Vec<_> = self.hosts.iter().map(|way| quote!(#way Host)).collect();
        let mut calls: Vec<_> = self.hosts.iter().map(|way| quote!(#way add_to_linker(linker, get);)).collect();
        if let Some(host) = host(&given, &name, &adder)? {
            self.root.add(&[], "", host);
            bounds.push(quote!(#name));
            calls.push(quote!(add_root_to_linker(linker, get);));
        }
        if bounds.is_empty() {
            return Ok(());
        }
        let docs = lines(&format!("Give all that the world `{}` imports to components.", self.context.world.name));
        self.root.add(
            &[],
            "",
            quote! {
                #docs
                pub fn add_to_linker<S, H, G>(linker: &mut rt::Linker<S>, get: G)
                where
                    S: 'static,
                    H: #(#bounds)+* + 'static,
                    G: Fn(&mut S) -> &mut H + Copy + Send + Sync + 'static,
                {
                    #(#calls)*
                }
            },
        );
        Ok(())
    }

    fn import(&mut self, interface: InterfaceId, name: &str) -> Result<(), Error> {
        if self.is_given(interface) {
            return Ok(());
        }
        let scope = self.scope(interface, Side::Import);
        let mut items = self.declarations(&scope, interface)?;
        let given = Given {
            scope: &scope,
            key: self.context.interface_key(interface, Side::Import),
            path: format!("{name}#"),
            functions: self.functions(interface),
            resources: self.resources(interface),
        };
        if let Some(host) = host(&given, &format_ident!("Host"), &format_ident!("add_to_linker"))? {
            items.extend(host);
            self.hosts.push(self.root_scope(Side::Import).way_to(&scope.module));
        }
        self.root.add(&scope.module, &self.docs(interface, name), items);
        Ok(())
    }

    fn docs(&self, interface: InterfaceId, name: &str) -> String {
        let Docs { contents } = &self.context.resolve.interfaces[interface].docs;
        contents.clone().unwrap_or_else(|| format!("`{name}`"))
    }

    fn exports(&mut self) -> Result<(), Error> {
        let context = self.context;
        for (key, item) in &context.world.exports {
            match item {
                WorldItem::Interface { id, .. } => {
                    let name = context.resolve.name_world_key(key);
                    self.export(*id, key, &name).map_err(|error| error.about(&name))?;
                }
                WorldItem::Function(function) => self.client.add(&self.root_scope(Side::Export), "", function)?,
                WorldItem::Type { .. } => {}
            }
        }
        if self.client.values.is_empty() {
            return Ok(());
        }
        let (name, _) = TypeNames::of_world(context);
        let docs =
            docs(&context.world.docs, &format!("What a component of the world `{}` exports.", context.world.name));
        let Client { fields, values, methods, .. } = std::mem::take(&mut self.client);
        self.root.add(&[], "", client_struct(&quote!(#name), &docs, &fields, &values, &methods));
        Ok(())
    }

    fn export(&mut self, interface: InterfaceId, key: &WorldKey, name: &str) -> Result<(), Error> {
        let scope = self.scope(interface, Side::Export);
        let mut items = self.declarations(&scope, interface)?;
        let mut client = Client::without(&["new"]);
        let path = format!("{name}#");
        self.functions(interface).into_iter().try_for_each(|function| client.add(&scope, &path, function))?;
        self.resources(interface).into_iter().try_for_each(|resource| client.add_drop(&scope, resource))?;
        let short = match key {
            WorldKey::Name(name) => name,
            WorldKey::Interface(id) => self.context.resolve.interfaces[*id].name.as_deref().unwrap_or_default(),
        };
        if !client.values.is_empty() {
            let docs = lines(&format!("Calls `{name}` of a component."));
            let Client { fields, values, methods, .. } = client;
            items.extend(client_struct(&quote!(Client), &docs, &fields, &values, &methods));
            let (field, way) =
                (self.clients.name(&snake_text(short)), self.root_scope(Side::Export).way_to(&scope.module));
            let docs = lines(&format!("`{name}`"));
            self.client.fields.extend(quote!(#docs pub #field: #way Client,));
            self.client.values.extend(quote!(#field: #way Client::new(instance)?,));
        }
        self.root.add(&["exports".to_owned()], "What components export.", TokenStream::new());
        self.root.add(&scope.module, &self.docs(interface, name), items);
        Ok(())
    }
}

fn client_struct(
    name: &TokenStream,
    docs: &TokenStream,
    fields: &TokenStream,
    values: &TokenStream,
    methods: &TokenStream,
) -> TokenStream {
    quote! {
        #docs
        #[derive(Clone)]
        pub struct #name { #fields }

        impl #name {
            /// Find the functions in an instance.
            pub fn new<S: 'static>(instance: &mut rt::Instance<S>) -> Result<Self, rt::Error> {
                Ok(Self { #values })
            }

            #methods
        }
    }
}
