//! Values as a short text, for people who follow what a guest calls.
//!
//! The text is that of WAVE, but for what must stay short or has no text there: strings and lists are cut, a list of bytes
//! reads like a string, and a handle is its number in the guest's table, `#5`. Values are read where they lie: nothing
//! is taken from the guest, and what cannot be read is `?`, as whoever is called will say what is wrong with it.

use std::fmt::{Display, Write as _};

use tambo_component_types::{FuncType, ResourceId, Type, TypeId, Types};

use super::lift::case_count;
use crate::float::{f32_from_bits, f64_from_bits};
use crate::memory::{bug, bytes, check_char, check_tag, next, next_of};
use crate::shape::{Cursor, Shape};
use crate::strings::Text;
use crate::{Abi, Budget, Fault, FlatReader, Handles, LiftContext, Mismatch, Passing, Resource, Scratch, StoreId};

/// The most bytes or characters of one string that are shown.
const SHOWN_BYTES: usize = 64;
/// The most elements of one list that are shown.
const SHOWN_ELEMENTS: usize = 8;
/// Beyond so many bytes of text, no further value is shown.
const SHOWN_TEXT: usize = 1024;

/// The parameters of a function, in parentheses.
pub fn show_params(
    (memory, types, abi): (&[u8], &Types, Abi),
    func: &FuncType,
    max_flat: usize,
    flat: FlatReader<'_>,
) -> String {
    show(memory, types, abi, |it| it.params(func, max_flat, flat))
}

/// The result of a function: at an address in memory if it has one, or else flat. Empty if there is none.
pub fn show_result(
    (memory, types, abi): (&[u8], &Types, Abi),
    func: &FuncType,
    target: Option<u64>,
    flat: FlatReader<'_>,
) -> String {
    let Some(ty) = func.result else { return String::new() };
    show(memory, types, abi, |it| {
        let place = match target {
            Some(address) => Place::Memory(it.cx.block(address, it.shape(ty))?),
            None => Place::Flat(flat),
        };
        it.value(ty, place)
    })
}

fn show(memory: &[u8], types: &Types, abi: Abi, write: impl FnOnce(&mut Shown<'_, '_>) -> Result<(), Fault>) -> String {
    let (budget, scratch) = (&mut Budget::new(0), &Scratch::new());
    let cx = LiftContext { memory, types, abi, handles: &mut Untouched, budget, scratch };
    let mut shown = Shown { cx, text: String::new() };
    if write(&mut shown).is_err() {
        shown.text.push('?');
    }
    shown.text
}

/// Where a value lies. Flat values are the value's own, and none of another's.
enum Place<'f> {
    Memory(usize),
    Flat(FlatReader<'f>),
}

struct Shown<'m, 'c> {
    cx: LiftContext<'m, 'c>,
    text: String,
}

impl Shown<'_, '_> {
    fn shape(&self, ty: TypeId) -> Shape {
        Shape::of(self.cx.types.layout(ty, self.cx.abi.pointer))
    }

    fn params(&mut self, func: &FuncType, max_flat: usize, mut flat: FlatReader<'_>) -> Result<(), Fault> {
        let types = || func.params.iter().map(|param| param.ty);
        let shape = types().map(|ty| self.shape(ty)).fold(Shape::EMPTY, Shape::then).padded();
        self.text.push('(');
        if shape.flat as usize <= max_flat {
            self.parts(types(), Place::Flat(flat))?;
        } else {
            let address = self.cx.flat_pointer(&mut flat)?;
            self.parts(types(), Place::Memory(self.cx.block(address, shape)?))?;
        }
        self.text.push(')');
        Ok(())
    }

    /// Values that lie one after the other, with commas between them.
    fn parts(&mut self, types: impl Iterator<Item = TypeId>, mut place: Place<'_>) -> Result<(), Fault> {
        for (index, ty) in types.enumerate() {
            self.comma(index);
            let part = self.part(ty, &mut place)?;
            self.value(ty, part)?;
        }
        Ok(())
    }

    /// The next one of the parts that begin at a place, which is moved behind it.
    fn part<'f>(&self, ty: TypeId, place: &mut Place<'f>) -> Result<Place<'f>, Fault> {
        let shape = self.shape(ty);
        Ok(match place {
            Place::Memory(at) => {
                let mut cursor = Cursor::new(*at);
                let part = cursor.next(shape);
                *at = part.wrapping_add(shape.size as usize);
                Place::Memory(part)
            }
            Place::Flat(flat) => Place::Flat(next_of(flat, shape.flat as usize)?),
        })
    }

    fn value(&mut self, ty: TypeId, mut place: Place<'_>) -> Result<(), Fault> {
        if self.text.len() > SHOWN_TEXT {
            self.text.push('…');
            return Ok(());
        }
        let types = self.cx.types;
        match types.get(ty) {
            Type::String => {
                let text = self.cx.text(self.pair(&mut place)?)?;
                self.string(text);
            }
            Type::List(element) => {
                let pair = self.pair(&mut place)?;
                self.list(*element, pair)?;
            }
            Type::Map(key, value) => {
                let pair = self.pair(&mut place)?;
                self.map(*key, *value, pair)?;
            }
            Type::FixedList(element, length) => {
                let length = *length as usize;
                self.elements(length, std::iter::repeat_n(*element, length.min(SHOWN_ELEMENTS)), place)?;
            }
            Type::Record(fields) => {
                self.text.push('{');
                for (index, field) in fields.iter().enumerate() {
                    self.comma(index);
                    self.put(format_args!("{}: ", field.name));
                    let part = self.part(field.ty, &mut place)?;
                    self.value(field.ty, part)?;
                }
                self.text.push('}');
            }
            Type::Tuple(parts) => {
                self.text.push('(');
                self.parts(parts.iter().copied(), place)?;
                self.text.push(')');
            }
            Type::Variant(_) | Type::Enum(_) | Type::Option(_) | Type::Result { .. } => self.case(ty, place)?,
            Type::Flags(labels) => {
                let bits = self.bits(ty, &mut place)?;
                let set = labels.iter().zip(0..u64::BITS).filter(|(_, bit)| bits >> bit & 1 == 1);
                let set: Vec<&str> = set.map(|(label, _)| &**label).collect();
                self.put(format_args!("{{{}}}", set.join(", ")));
            }
            scalar => {
                let bits = self.bits(ty, &mut place)?;
                self.scalar(scalar, bits)?;
            }
        }
        Ok(())
    }

    fn scalar(&mut self, ty: &Type, bits: u64) -> Result<(), Fault> {
        match ty {
            Type::Bool => self.put(bits as u32 != 0),
            Type::S8 => self.put(bits as i8),
            Type::U8 => self.put(bits as u8),
            Type::S16 => self.put(bits as i16),
            Type::U16 => self.put(bits as u16),
            Type::S32 => self.put(bits as i32),
            Type::U32 => self.put(bits as u32),
            Type::S64 => self.put(bits as i64),
            Type::U64 => self.put(bits),
            Type::F32 => self.put(format_args!("{:?}", f32_from_bits(bits as u32))),
            Type::F64 => self.put(format_args!("{:?}", f64_from_bits(bits))),
            Type::Char => self.put(format_args!("{:?}", check_char(bits as u32)?)),
            // Handles, and what will have them: streams, futures and error contexts.
            _ => self.put(format_args!("#{}", bits as u32)),
        }
        Ok(())
    }

    fn case(&mut self, ty: TypeId, mut place: Place<'_>) -> Result<(), Fault> {
        let align = self.shape(ty).align as usize;
        let ty = self.cx.types.get(ty);
        let cases = case_count(ty);
        let (tag, mut payload) = match &mut place {
            // The larger of the discriminant and the payload's alignment is the alignment of the whole.
            Place::Memory(at) => (self.cx.load_tag(*at, cases)?, Place::Memory(at.wrapping_add(align))),
            Place::Flat(flat) => (check_tag(next(flat)? as u32, cases)?, Place::Flat(flat.clone())),
        };
        let no_case = || bug("a discriminant was not checked");
        let (label, inner) = match ty {
            Type::Variant(cases) => cases.get(tag).map(|case| (&*case.name, case.ty)).ok_or_else(no_case)?,
            Type::Enum(labels) => (&**labels.get(tag).ok_or_else(no_case)?, None),
            Type::Option(some) => {
                if tag == 1 {
                    ("some", Some(*some))
                } else {
                    ("none", None)
                }
            }
            Type::Result { ok, err } => {
                if tag == 0 {
                    ("ok", *ok)
                } else {
                    ("err", *err)
                }
            }
            _ => return Err(bug("a variant is shown that is none")),
        };
        self.text.push_str(label);
        if let Some(inner) = inner {
            self.text.push('(');
            let payload = self.part(inner, &mut payload)?;
            self.value(inner, payload)?;
            self.text.push(')');
        }
        Ok(())
    }

    fn list(&mut self, element: TypeId, pair: (u64, u64)) -> Result<(), Fault> {
        if *self.cx.types.get(element) == Type::U8 {
            let bytes = self.cx.byte_run(pair)?;
            self.quoted(bytes);
            return Ok(());
        }
        let run = self.cx.run(pair, self.shape(element))?;
        let shown = run.length.min(SHOWN_ELEMENTS);
        self.elements(run.length, std::iter::repeat_n(element, shown), Place::Memory(run.at))
    }

    /// As many of a list's elements as are shown.
    fn elements(
        &mut self,
        length: usize,
        shown: impl ExactSizeIterator<Item = TypeId>,
        place: Place<'_>,
    ) -> Result<(), Fault> {
        let rest = if shown.len() < length { ", …]" } else { "]" };
        self.text.push('[');
        self.parts(shown, place)?;
        self.text.push_str(rest);
        Ok(())
    }

    fn map(&mut self, key: TypeId, value: TypeId, pair: (u64, u64)) -> Result<(), Fault> {
        let entry = self.shape(key).then(self.shape(value)).padded();
        let run = self.cx.run(pair, entry)?;
        self.text.push('{');
        for index in 0..run.length.min(SHOWN_ELEMENTS) {
            self.comma(index);
            let mut place = Place::Memory(run.at.wrapping_add(index.wrapping_mul(entry.size as usize)));
            let part = self.part(key, &mut place)?;
            self.value(key, part)?;
            self.text.push_str(": ");
            let part = self.part(value, &mut place)?;
            self.value(value, part)?;
        }
        self.text.push_str(if run.length > SHOWN_ELEMENTS { ", …}" } else { "}" });
        Ok(())
    }

    /// The bits of a value that is one flat value.
    fn bits(&self, ty: TypeId, place: &mut Place<'_>) -> Result<u64, Fault> {
        let memory = self.cx.memory;
        Ok(match place {
            Place::Flat(flat) => next(flat)?,
            Place::Memory(at) => match self.shape(ty).size {
                1 => u8::from_le_bytes(bytes(memory, *at)?).into(),
                2 => u16::from_le_bytes(bytes(memory, *at)?).into(),
                4 => u32::from_le_bytes(bytes(memory, *at)?).into(),
                _ => u64::from_le_bytes(bytes(memory, *at)?),
            },
        })
    }

    fn pair(&self, place: &mut Place<'_>) -> Result<(u64, u64), Fault> {
        match place {
            Place::Memory(at) => self.cx.load_pair(*at),
            Place::Flat(flat) => self.cx.flat_pair(flat),
        }
    }

    fn string(&mut self, text: Text<'_>) {
        match text {
            Text::Utf8(bytes) => self.quoted(bytes),
            Text::Latin1(bytes) => {
                let shown = bytes.iter().take(SHOWN_BYTES).copied().map(char::from).collect();
                self.quoted_text(shown, bytes.len() > SHOWN_BYTES);
            }
            Text::Utf16(bytes) => {
                let units = bytes.as_chunks::<2>().0;
                let shown = units.iter().take(SHOWN_BYTES).map(|&unit| u16::from_le_bytes(unit));
                let shown = char::decode_utf16(shown).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
                self.quoted_text(shown, units.len() > SHOWN_BYTES);
            }
        }
    }

    fn quoted_text(&mut self, shown: String, cut: bool) {
        self.put(format_args!("{shown:?}"));
        self.text.push_str(if cut { "…" } else { "" });
    }

    fn quoted(&mut self, bytes: &[u8]) {
        self.text.push('"');
        for chunk in bytes.get(..SHOWN_BYTES).unwrap_or(bytes).utf8_chunks() {
            self.text.extend(chunk.valid().escape_debug());
            for byte in chunk.invalid() {
                self.put(format_args!("\\x{byte:02x}"));
            }
        }
        self.text.push_str(if bytes.len() > SHOWN_BYTES { "\"…" } else { "\"" });
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.text.push_str(", ");
        }
    }

    fn put(&mut self, part: impl Display) {
        // Formatting into a string cannot fail.
        _ = write!(self.text, "{part}");
    }
}

/// Handles are shown as they are: no table is asked.
struct Untouched;

#[cold]
fn asked() -> Fault {
    bug("a handle was to be shown, and was lifted")
}

impl Handles for Untouched {
    fn lift_own(&mut self, _: u32, _: ResourceId) -> Result<u64, Fault> {
        Err(asked())
    }

    fn lift_borrow(&mut self, _: u32, _: ResourceId) -> Result<u64, Fault> {
        Err(asked())
    }

    fn lower_own(&mut self, _: u64, _: ResourceId) -> Result<u32, Fault> {
        Err(asked())
    }

    fn lower_borrow(&mut self, _: u64, _: ResourceId) -> Result<u32, Fault> {
        Err(asked())
    }

    fn store(&self) -> StoreId {
        StoreId(0)
    }

    fn offer(&mut self, _: Resource, _: Passing) -> Result<(), Mismatch> {
        Err(Mismatch::new("a handle was to be shown, and was offered"))
    }
}
