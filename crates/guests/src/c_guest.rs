//! C guests: one file each. A line `// flags: …` in the file says how it is compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, Language, cache, names, tools};

/// Debian's wasi-libc lies where clang looks for this older name of `wasm32-wasip1`, hence no warning about it.
const COMMON: &[&str] = &["--target=wasm32-wasi", "-Wno-deprecated", "-Wall", "-Wextra", "-Werror"];

pub(crate) fn build(name: &str) -> Result<PathBuf, Error> {
    let source = cache::sources(Language::C).join(format!("{name}.c"));
    if !source.is_file() {
        return Err(Error::Unknown(names(Language::C)?));
    }
    tools::check(tools::FOR_C)?;
    let flags = flags(&source)?;
    let key = cache::key(&[&source], &COMMON.join(" "))?;
    cache::module(Language::C, &key, name, |folder| {
        let mut command = Command::new(tools::CLANG);
        command.args(COMMON).args(flags).arg(&source);
        command.arg("-o").arg(folder.join(format!("{name}.wasm")));
        tools::run(&mut command)
    })
}

/// What the file says of how it is compiled.
pub(crate) fn flags(source: &Path) -> Result<Vec<String>, Error> {
    let text = fs::read_to_string(source).map_err(|error| Error::File(source.to_owned(), error))?;
    let flags = text.lines().find_map(|line| line.strip_prefix("// flags: ")).unwrap_or_default();
    Ok(flags.split_whitespace().map(str::to_owned).collect())
}
