//! A plan as text, for people (`tambo inspect --plan`) and for tests. The same plan always gives the same text.
//!
//! Everything has a short name by its list: `i0` component instance, `r0` resource type, `t0` value type, `m0` module,
//! `h0` host function, `l0` lifted function, `f0` canonical function, `c0` core instance. Types are listed flat, never
//! nested, since a few definitions can nest to a text without end.

use std::fmt::{self, Display, Formatter};

use tambo_component_types::{FuncId, Pointer, Type, TypeId, Types};

use crate::plan::{
    CanonKind, CoreDef, Encoding, ExportItem, Func, FuncSource, ImportItem, Named, Options, Plan, ResourceOrigin,
    TypeItem,
};

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print_instances(f)?;
        self.print_resources(f)?;
        self.print_types(f)?;
        self.print_modules(f)?;
        self.print_functions(f)?;
        self.print_core_instances(f)?;
        heading(f, "imports", self.imports.len())?;
        for import in &self.imports {
            self.print_import(f, import, 1)?;
        }
        heading(f, "exports", self.exports.len())?;
        for export in &self.exports {
            self.print_export(f, export, 1)?;
        }
        Ok(())
    }
}

fn heading(f: &mut Formatter<'_>, title: &str, entries: usize) -> fmt::Result {
    if entries == 0 { Ok(()) } else { writeln!(f, "{title}:") }
}

impl Plan {
    fn print_instances(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "component instances", self.instances.len())?;
        for (id, instance) in self.instances.iter().enumerate() {
            write!(f, "  i{id} {}", Escaped(&instance.name))?;
            match instance.parent {
                Some(parent) => writeln!(f, ", in i{}", parent.0)?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }

    fn print_resources(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "resource types", self.resources.len())?;
        for (id, resource) in self.resources.iter().enumerate() {
            write!(f, "  r{id} {}: ", Escaped(&resource.name))?;
            match &resource.origin {
                ResourceOrigin::Imported { .. } => writeln!(f, "imported")?,
                ResourceOrigin::Defined { instance, destructor, representation } => {
                    let representation = match representation {
                        Pointer::Bits32 => "i32",
                        Pointer::Bits64 => "i64",
                    };
                    write!(f, "of i{}, a {representation}", instance.0)?;
                    match destructor {
                        Some(destructor) => writeln!(f, ", dropped by {}", Core(destructor))?,
                        None => writeln!(f)?,
                    }
                }
            }
        }
        Ok(())
    }

    fn print_types(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut compound = self.types.all().filter(|(_, ty)| primitive_name(ty).is_none()).peekable();
        heading(f, "types", usize::from(compound.peek().is_some()))?;
        for (id, ty) in compound {
            writeln!(f, "  t{} = {}", id.index(), Structure(&self.types, ty))?;
        }
        Ok(())
    }

    fn print_modules(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "core modules", self.modules.len())?;
        for (id, module) in self.modules.iter().enumerate() {
            writeln!(f, "  m{id} {}: {:#x}..{:#x}", Escaped(&module.name), module.bytes.start, module.bytes.end)?;
        }
        Ok(())
    }

    fn print_functions(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "host functions", self.host_funcs.len())?;
        for (id, host) in self.host_funcs.iter().enumerate() {
            writeln!(f, "  h{id} {}: {}", host.path.join("#"), Signature(&self.types, host.ty))?;
        }
        heading(f, "lifted functions", self.lifts.len())?;
        for (id, lift) in self.lifts.iter().enumerate() {
            let signature = Signature(&self.types, lift.ty);
            writeln!(f, "  l{id} in i{}: {}: {signature}{}", lift.instance.0, Core(&lift.core), Opts(&lift.options))?;
        }
        heading(f, "canonical functions", self.canon_funcs.len())?;
        for (id, canon) in self.canon_funcs.iter().enumerate() {
            write!(f, "  f{id} in i{}: ", canon.instance.0)?;
            match &canon.kind {
                CanonKind::Lower { func, options } => {
                    writeln!(f, "lower {}: {}{}", Callee(*func), Signature(&self.types, func.ty), Opts(options))?;
                }
                CanonKind::ResourceNew(resource) => writeln!(f, "resource.new r{}", resource.0)?,
                CanonKind::ResourceRep(resource) => writeln!(f, "resource.rep r{}", resource.0)?,
                CanonKind::ResourceDrop(resource) => writeln!(f, "resource.drop r{}", resource.0)?,
                CanonKind::ContextGet { slot, .. } => writeln!(f, "context.get {slot}")?,
                CanonKind::ContextSet { slot, .. } => writeln!(f, "context.set {slot}")?,
                CanonKind::Backpressure { increase: true } => writeln!(f, "backpressure.inc")?,
                CanonKind::Backpressure { increase: false } => writeln!(f, "backpressure.dec")?,
                CanonKind::Missing { name, .. } => writeln!(f, "{name} (not supported yet)")?,
            }
        }
        Ok(())
    }

    fn print_core_instances(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "core instances", self.core_instances.len())?;
        for (id, instance) in self.core_instances.iter().enumerate() {
            write!(f, "  c{id} in i{}: m{}", instance.instance.0, instance.module.0)?;
            for (position, import) in instance.imports.iter().enumerate() {
                write!(f, "{}{}", if position == 0 { " with " } else { ", " }, Core(import))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn print_import(&self, f: &mut Formatter<'_>, import: &Named<ImportItem>, depth: usize) -> fmt::Result {
        print_name(f, import, depth)?;
        match &import.item {
            ImportItem::Func(id) => writeln!(f, "func h{}", id.0),
            ImportItem::Type(ty) => writeln!(f, "{}", TypeName(&self.types, *ty)),
            ImportItem::Instance(members) => {
                writeln!(f, "instance")?;
                members.iter().try_for_each(|member| self.print_import(f, member, depth + 1))
            }
        }
    }

    fn print_export(&self, f: &mut Formatter<'_>, export: &Named<ExportItem>, depth: usize) -> fmt::Result {
        print_name(f, export, depth)?;
        match &export.item {
            ExportItem::Func(func) => writeln!(f, "func {}", Callee(*func)),
            ExportItem::Type(ty) => writeln!(f, "{}", TypeName(&self.types, *ty)),
            ExportItem::Module => writeln!(f, "core module"),
            ExportItem::Component => writeln!(f, "component"),
            ExportItem::Instance(members) => {
                writeln!(f, "instance")?;
                members.iter().try_for_each(|member| self.print_export(f, member, depth + 1))
            }
        }
    }
}

fn print_name<T>(f: &mut Formatter<'_>, named: &Named<T>, depth: usize) -> fmt::Result {
    write!(f, "{:width$}{}", "", named.name, width = 2 * depth)?;
    match &named.implements {
        Some(implements) => write!(f, " (implements {implements}): "),
        None => f.write_str(": "),
    }
}

/// A name that may have anything in it.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.escape_debug().fmt(f)
    }
}

struct Core<'a>(&'a CoreDef);

impl Display for Core<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            CoreDef::Export { instance, name } => write!(f, "c{}.{name:?}", instance.0),
            CoreDef::Canon(id) => write!(f, "f{}", id.0),
        }
    }
}

struct Callee(Func);

impl Display for Callee {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.source {
            FuncSource::Lift(id) => write!(f, "l{}", id.0),
            FuncSource::Host(id) => write!(f, "h{}", id.0),
        }
    }
}

/// Options, each after a comma; what is the default is left out.
struct Opts<'a>(&'a Options);

impl Display for Opts<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let options = self.0;
        match options.encoding {
            Encoding::Utf8 => {}
            Encoding::Utf16 => f.write_str(", utf16")?,
            Encoding::Latin1OrUtf16 => f.write_str(", latin1+utf16")?,
        }
        if options.pointer == Pointer::Bits64 {
            f.write_str(", 64 bits")?;
        }
        if options.is_async {
            f.write_str(", async")?;
        }
        let defs = [
            ("memory", &options.memory),
            ("realloc", &options.realloc),
            ("post-return", &options.post_return),
            ("callback", &options.callback),
        ];
        for (name, def) in defs {
            if let Some(def) = def {
                write!(f, ", {name} {}", Core(def))?;
            }
        }
        Ok(())
    }
}

struct TypeName<'a>(&'a Types, TypeItem);

impl Display for TypeName<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            TypeItem::Resource(id) => write!(f, "resource r{}", id.0),
            TypeItem::Value(id) => write!(f, "type {}", Value(self.0, id)),
            TypeItem::Func(id) => write!(f, "type {}", Signature(self.0, id)),
            TypeItem::Other => f.write_str("type of an instance or a component"),
        }
    }
}

struct Signature<'a>(&'a Types, FuncId);

impl Display for Signature<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ty = self.0.function(self.1);
        f.write_str(if ty.is_async { "async func(" } else { "func(" })?;
        for (position, param) in ty.params.iter().enumerate() {
            write!(f, "{}{}: {}", comma(position), param.name, Value(self.0, param.ty))?;
        }
        f.write_str(")")?;
        match ty.result {
            Some(result) => write!(f, " -> {}", Value(self.0, result)),
            None => Ok(()),
        }
    }
}

fn comma(position: usize) -> &'static str {
    if position == 0 { "" } else { ", " }
}

/// A value type by its name: what it is made of is in the list of types.
struct Value<'a>(&'a Types, TypeId);

impl Display for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match primitive_name(self.0.get(self.1)) {
            Some(name) => f.write_str(name),
            None => write!(f, "t{}", self.1.index()),
        }
    }
}

fn primitive_name(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Bool => "bool",
        Type::S8 => "s8",
        Type::U8 => "u8",
        Type::S16 => "s16",
        Type::U16 => "u16",
        Type::S32 => "s32",
        Type::U32 => "u32",
        Type::S64 => "s64",
        Type::U64 => "u64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        _ => return None,
    })
}

/// What a type is made of.
struct Structure<'a>(&'a Types, &'a Type);

impl Display for Structure<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let value = |ty: &TypeId| Value(self.0, *ty);
        let optional = |ty: &Option<TypeId>| ty.map_or_else(|| "_".into(), |ty| value(&ty).to_string());
        match self.1 {
            Type::List(element) => write!(f, "list<{}>", value(element)),
            Type::FixedList(element, length) => write!(f, "list<{}, {length}>", value(element)),
            Type::Map(key, item) => write!(f, "map<{}, {}>", value(key), value(item)),
            Type::Record(fields) => {
                let fields = fields.iter().map(|field| format!("{}: {}", field.name, value(&field.ty)));
                write_list(f, "record {", fields, "}")
            }
            Type::Tuple(types) => write_list(f, "tuple<", types.iter().map(|ty| value(ty).to_string()), ">"),
            Type::Variant(cases) => {
                let cases = cases.iter().map(|case| match &case.ty {
                    Some(ty) => format!("{}({})", case.name, value(ty)),
                    None => case.name.to_string(),
                });
                write_list(f, "variant {", cases, "}")
            }
            Type::Enum(labels) => write_list(f, "enum {", labels.iter().map(ToString::to_string), "}"),
            Type::Flags(labels) => write_list(f, "flags {", labels.iter().map(ToString::to_string), "}"),
            Type::Option(some) => write!(f, "option<{}>", value(some)),
            Type::Result { ok, err } => write!(f, "result<{}, {}>", optional(ok), optional(err)),
            Type::Own(resource) => write!(f, "own<r{}>", resource.0),
            Type::Borrow(resource) => write!(f, "borrow<r{}>", resource.0),
            Type::Stream(element) => write!(f, "stream<{}>", optional(element)),
            Type::Future(element) => write!(f, "future<{}>", optional(element)),
            primitive => f.write_str(primitive_name(primitive).unwrap_or_default()),
        }
    }
}

fn write_list(f: &mut Formatter<'_>, open: &str, entries: impl Iterator<Item = String>, close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (position, entry) in entries.enumerate() {
        write!(f, "{}{entry}", comma(position))?;
    }
    f.write_str(close)
}
