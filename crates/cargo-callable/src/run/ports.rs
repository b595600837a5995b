//! The ports of a local run: each must be a port number, differ from the others, and be free.

use std::net::TcpListener;

use crate::failure::{Failure, Outcome};

/// A port that a person can choose, by an option or a variable.
pub(super) struct Choice<'a> {
    pub(super) variable: &'static str,
    pub(super) option: &'static str,
    pub(super) usual: u16,
    /// What the option or else the variable says. An empty variable is unset.
    pub(super) text: Option<&'a str>,
}

/// The ports of the choices, in their order. Fails with one sentence.
pub(super) fn parse<const N: usize>(choices: &[Choice<'_>; N]) -> Outcome<[u16; N]> {
    let mut ports = [0; N];
    let mut before: Vec<(&str, u16)> = Vec::new();
    for (Choice { variable, option, usual, text }, place) in choices.iter().zip(&mut ports) {
        let port = match text.filter(|text| !text.is_empty()) {
            None => *usual,
            Some(text) if text.bytes().all(|digit| digit.is_ascii_digit()) => {
                text.parse().unwrap_or(0)
            }
            Some(_) => 0,
        };
        if port == 0 {
            return Err(Failure::new(format!(
                "{variable} is not a port: set it to a number from 1 to 65535, as in: cargo callable run {option} {usual}"
            )));
        }
        if let Some((other, _)) = before.iter().find(|(_, taken)| *taken == port) {
            return Err(Failure::new(format!(
                "{variable} and {other} are both {port}: set one of them to another port"
            )));
        }
        before.push((variable, port));
        *place = port;
    }
    Ok(ports)
}

/// Listens on a port of this machine, or says which option changes it.
pub(super) fn listen(port: u16, option: &str) -> Outcome<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).map_err(|_| {
        let other = port.checked_add(1).unwrap_or(port - 1);
        Failure::new(format!(
            "Port {port} is taken: choose another one, as in: cargo callable run {option} {other}"
        ))
    })
}

/// A port of this machine that is free now.
pub(super) fn free() -> Outcome<u16> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("No port of this machine is free: {error}")))
}

#[cfg(test)]
mod tests {
    use super::{Choice, listen, parse};

    fn of(port: Option<&str>, page: Option<&str>) -> Result<[u16; 2], String> {
        let choices = [
            Choice { variable: "PORT", option: "--port", usual: 9000, text: port },
            Choice { variable: "PAGE_PORT", option: "--page-port", usual: 5000, text: page },
        ];
        parse(&choices).map_err(|failure| failure.to_string())
    }

    #[test]
    fn an_empty_variable_is_unset() {
        assert_eq!(of(None, None), Ok([9000, 5000]));
        assert_eq!(of(Some(""), Some("65535")), Ok([9000, 65535]));
    }

    #[test]
    fn a_wrong_port_is_one_sentence() {
        for text in ["abc", "0", "65536", "-1", "+1", "1.5", "0x50", " 80", "1e3", "99999999999"] {
            let sentence = "PORT is not a port: set it to a number from 1 to 65535, as in: cargo callable run --port 9000";
            assert_eq!(of(Some(text), None), Err(sentence.to_owned()), "{text}");
        }
        let sentence = "PAGE_PORT and PORT are both 5000: set one of them to another port";
        assert_eq!(of(Some("5000"), None), Err(sentence.to_owned()));
    }

    #[test]
    fn a_taken_port_is_one_sentence() {
        let held = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        let other = if port < u16::MAX { port + 1 } else { port - 1 };
        assert_eq!(
            listen(port, "--port").unwrap_err().to_string(),
            format!(
                "Port {port} is taken: choose another one, as in: cargo callable run --port {other}"
            )
        );
    }
}
