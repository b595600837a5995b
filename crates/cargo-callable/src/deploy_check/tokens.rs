//! ID tokens that must be refused: each is wrong in another way.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The forged tokens, each with what is wrong with it. `project` is the Firebase project they claim to be of.
pub(super) fn forged(project: &str) -> Vec<(&'static str, String)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let claims = |exp: u64| {
        json!({
            "iss": format!("https://securetoken.google.com/{project}"), "aud": project, "sub": "forged", "user_id": "forged",
            "auth_time": now - 60, "iat": now - 60, "exp": exp, "firebase": { "sign_in_provider": "custom", "identities": {} },
        })
    };
    let valid = claims(now + 3000);
    let signature = URL_SAFE_NO_PAD.encode([0x5a; 256]);
    let rs256 = json!({ "alg": "RS256", "kid": "forged", "typ": "JWT" });
    vec![
        ("a signature that is not Google's", token(&rs256, &valid, &signature)),
        (
            "no signature, algorithm none",
            token(&json!({ "alg": "none", "typ": "JWT" }), &valid, ""),
        ),
        (
            "a symmetric signature",
            token(
                &json!({ "alg": "HS256", "kid": "forged" }),
                &valid,
                &URL_SAFE_NO_PAD.encode([7; 32]),
            ),
        ),
        ("an end in the past", token(&rs256, &claims(now - 30), &signature)),
        ("no token's form", "not.a-token".to_owned()),
    ]
}

fn token(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}
