//! Where key sets are had beside their issuers: `FIREBASE_KEYS_BAKED` and `FIREBASE_KEYS_MIRROR`.

use std::{
    env,
    fs::File,
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    host::{
        error::StartError,
        mirror::KeyMirror,
        variables::{KEYS_BAKED, KEYS_MIRROR},
    },
    keys::BakedKeys,
};

/// The file beside the program that has its key sets, unless `FIREBASE_KEYS_BAKED` names another one.
const FILE: &str = "firebase-keys.json";
/// A larger file is refused. One with three key sets has about 10 KiB.
const MAX_BYTES: u64 = 256 << 10;

/// The key sets in the function's package; `None` if there is no such file.
pub(super) fn baked(path: Option<String>) -> Result<Option<Arc<BakedKeys>>, StartError> {
    baked_beside(path, env::current_exe().ok().as_deref())
}

fn baked_beside(
    path: Option<String>,
    program: Option<&Path>,
) -> Result<Option<Arc<BakedKeys>>, StartError> {
    let is_named = path.is_some();
    let beside = || Some(program?.parent()?.join(FILE));
    let Some(path) = path.map(PathBuf::from).or_else(beside) else { return Ok(None) };
    let unfit = |problem: &dyn std::fmt::Display| {
        StartError::new(
            KEYS_BAKED,
            format_args!(
                "cannot be used: {path:?}: {problem}: write the file with `cargo callable build --keys`, or unset the \
                 variable and delete the file"
            ),
        )
    };
    match read(&path) {
        Ok(file) if file.len() as u64 > MAX_BYTES => Err(unfit(&"it is larger than 256 KiB")),
        Ok(file) => match BakedKeys::parse(&file) {
            Ok(keys) => Ok(Some(Arc::new(keys))),
            Err(error) => Err(unfit(&error)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound && !is_named => Ok(None),
        Err(error) => Err(unfit(&error)),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut file)?;
    Ok(file)
}

/// The mirror; `None` if the variable is not set.
pub(super) fn mirror(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Arc<KeyMirror>>, StartError> {
    let value = variable(KEYS_MIRROR).filter(|value| !value.is_empty());
    value.map(|value| KeyMirror::parse(&value, variable).map(Arc::new)).transpose()
}

#[cfg(test)]
mod tests {
    use std::{fs, process};

    use super::*;

    #[test]
    fn key_sets_are_read_from_the_file_beside_the_program_or_from_the_one_that_is_named() {
        let folder = env::temp_dir().join(format!("baked-keys-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (program, file) = (folder.join("bootstrap"), folder.join(FILE));
        let path = |path: &Path| Some(path.to_str().unwrap().to_owned());
        let is_there = |outcome: Result<Option<_>, StartError>| outcome.map(|keys| keys.is_some());

        assert!(!is_there(baked_beside(None, Some(&program))).unwrap());
        assert!(!is_there(baked_beside(None, None)).unwrap());
        let sentence = is_there(baked_beside(path(&file), None)).unwrap_err().to_string();
        assert!(sentence.starts_with("FIREBASE_KEYS_BAKED cannot be used: "), "{sentence}");

        fs::write(&file, "[]").unwrap();
        assert!(is_there(baked_beside(None, Some(&program))).unwrap());
        assert!(is_there(baked_beside(path(&file), None)).unwrap());

        let large = format!("[{}]", " ".repeat(256 << 10));
        for text in ["", "{}", "[1]", "[{\"source\":\"x\"}]", &large] {
            fs::write(&file, text).unwrap();
            for outcome in [baked_beside(None, Some(&program)), baked_beside(path(&file), None)] {
                let sentence = is_there(outcome).unwrap_err().to_string();
                assert!(sentence.starts_with("FIREBASE_KEYS_BAKED cannot be used: "), "{sentence}");
                assert!(!sentence.contains('\n'), "{sentence}");
            }
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
