//! A call of a function: `name(arg, …)`, `pkg:iface/name(arg, …)`.

use tambo_component_abi::{Val, type_name};
use tambo_component_types::{FuncType, Types};

use crate::WaveError;
use crate::cursor::Cursor;
use crate::parse::{is_option, value};

/// A call whose arguments are parsed once the function's type is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'t> {
    text: &'t str,
    /// Where the arguments begin, behind the parenthesis.
    arguments: usize,
    /// The interface that the function is an export of, if one is named: what stands before the last `/`.
    pub interface: Option<&'t str>,
    /// The function.
    pub function: &'t str,
}

/// Split a call into name and arguments.
pub fn parse_call(text: &str) -> Result<Call<'_>, WaveError> {
    let cursor = Cursor::new(text, 0);
    let Some(open) = text.find('(') else {
        return Err(cursor.error_at(text.trim_end().len(), "`(` and the arguments", "the end"));
    };
    let name = text[..open].trim();
    let (interface, function) = match name.rsplit_once('/') {
        Some((interface, function)) => (Some(interface), function),
        None => (None, name),
    };
    if function.is_empty() || interface.is_some_and(str::is_empty) {
        return Err(cursor.error_at(open, "the name of a function", "`(`"));
    }
    if let Some(space) = name.find(char::is_whitespace) {
        let at = text.len() - text.trim_start().len() + space;
        return Err(cursor.error_at(at, "`(`", "white space"));
    }
    Ok(Call { text, arguments: open + 1, interface, function })
}

impl Call<'_> {
    /// The arguments, for a function of this type. Options at the end may be left out.
    pub fn arguments(&self, types: &Types, func: &FuncType) -> Result<Vec<Val>, WaveError> {
        let mut at = Cursor::new(self.text, self.arguments);
        let mut args = Vec::with_capacity(func.params.len());
        let mut more = !at.eat(')');
        for param in &func.params {
            if more {
                args.push(value(types, param.ty, &mut at)?);
                more = if at.eat(',') {
                    !at.eat(')')
                } else if at.eat(')') {
                    false
                } else {
                    return Err(at.error("`,` or `)`"));
                };
            } else if is_option(types, param.ty) {
                args.push(Val::Option(None));
            } else {
                let expected = format!("argument `{}` of type {}", param.name, type_name(types, param.ty));
                return Err(at.error_at(at.at() - 1, expected, "`)`"));
            }
        }
        if more {
            at.expect(')')?;
        }
        at.end()?;
        Ok(args)
    }
}
