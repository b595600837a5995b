//! Private certificate authorities, from the files that `AWS_CA_BUNDLE` and `SSL_CERT_FILE` name. Read once at start.
//! If neither variable is set, no file is read.

use std::{fs::File, io::Read};

use super::{error::StartError, variables::AUTHORITIES};
use crate::net::Authorities;

/// A larger file is refused. An operating system's own bundle of authorities has about 200 KiB.
const MAX_BYTES: u64 = 8 << 20;

/// Reads the files that the variables name, and trusts their authorities in addition to the public ones.
///
/// # Errors
/// The file that a variable names cannot be read, or has no usable certificates.
pub(super) fn trust(variable: impl Fn(&str) -> Option<String>) -> Result<(), StartError> {
    let authorities = read(variable)?;
    if !authorities.is_empty() {
        authorities.trust();
    }
    Ok(())
}

fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Authorities, StartError> {
    let mut authorities = Authorities::default();
    for name in AUTHORITIES {
        let Some(path) = variable(name).filter(|path| !path.is_empty()) else { continue };
        let unfit = |problem: &dyn std::fmt::Display| {
            StartError::new(
                name,
                format_args!(
                    "cannot be used: {path:?}: {problem}: set it to a file with the certificates of \
                     your authorities in PEM form, or leave it unset"
                ),
            )
        };
        let mut text = Vec::new();
        let file = File::open(&path).map_err(|error| unfit(&error))?;
        file.take(MAX_BYTES + 1).read_to_end(&mut text).map_err(|error| unfit(&error))?;
        if text.len() as u64 > MAX_BYTES {
            return Err(unfit(&"it is larger than 8 MiB"));
        }
        authorities.add_pem(&text).map_err(|error| unfit(&error))?;
    }
    Ok(authorities)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::*;
    use crate::testing::pem;

    #[test]
    fn reads_nothing_if_neither_variable_is_set() {
        for value in [None, Some(String::new())] {
            assert!(read(|_| value.clone()).unwrap().is_empty());
        }
    }

    #[test]
    fn names_the_variable_whose_file_has_no_authorities_in_it() {
        let file = env::temp_dir().join(format!("authorities-{}", process::id()));
        let path = file.to_str().unwrap().to_owned();
        let odd = pem("CERTIFICATE", b"not a certificate");
        for name in AUTHORITIES {
            for (text, problem) in [
                (None, "(os error 2)"),
                (Some(String::new()), "there is no certificate in it"),
                (Some("no PEM".to_owned()), "there is no certificate in it"),
                (Some(odd.clone()), "there is no certificate in it"),
                (Some(odd.replace("CERTIFICATE", "PUBLIC KEY")), "there is no certificate in it"),
                (Some(odd.replace("-----END CERTIFICATE-----", "")), "cut off or not in PEM form"),
                (Some("\n".repeat((8 << 20) + 1)), "it is larger than 8 MiB"),
            ] {
                let _ = fs::remove_file(&file);
                if let Some(text) = text {
                    fs::write(&file, text).unwrap();
                }
                let set = |variable: &str| (variable == name).then(|| path.clone());
                let sentence = read(set).unwrap_err().to_string();
                assert!(sentence.starts_with(&format!("{name} cannot be used: ")), "{sentence}");
                assert!(sentence.contains(problem) && !sentence.contains('\n'), "{sentence}");
            }
        }
        fs::remove_file(&file).unwrap();
        let folder = env::temp_dir().to_str().unwrap().to_owned();
        assert!(read(|_| Some(folder.clone())).is_err(), "a folder was accepted");
    }
}
