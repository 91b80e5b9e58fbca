//! Puts placeholders where a request's secrets go. The secrets themselves take their place below, on the way to the socket.

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::Full;
use peta_dial::Splice;
use peta_model::Code;

use crate::{
    custody::{Carried, Place},
    fault::{Executed, LostWhy},
};

/// Loads a request; gives back what stands for what.
pub(super) fn lade(request: &mut Request<Full<Bytes>>, carried: Vec<Carried>) -> Result<Vec<Splice>, LostWhy> {
    let mut splices = Vec::with_capacity(carried.len());
    let mut cookies = String::new();
    for Carried { at, splice } in carried {
        let stands = splice.placeholder.as_str();
        match at {
            Place::Header { name, before, after } => {
                let value = value(&format!("{before}{stands}{after}"))?;
                request.headers_mut().insert(name, value);
            }
            Place::Query(name) => {
                let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
                let joint = if path.contains('?') { '&' } else { '?' };
                *request.uri_mut() = format!("{path}{joint}{name}={stands}").parse::<Uri>().map_err(|_| unfit())?;
            }
            Place::Cookie(name) => {
                let joint = if cookies.is_empty() { "" } else { "; " };
                cookies.push_str(&format!("{joint}{name}={stands}"));
            }
        }
        splices.push(splice);
    }
    if !cookies.is_empty() {
        request.headers_mut().insert(header::COOKIE, value(&cookies)?);
    }
    Ok(splices)
}

fn value(text: &str) -> Result<HeaderValue, LostWhy> {
    let mut value = HeaderValue::from_str(text).map_err(|_| unfit())?;
    value.set_sensitive(true);
    Ok(value)
}

fn unfit() -> LostWhy {
    LostWhy::new(Code::SECRET_UNFIT, Executed::No, "the credential does not fit into a request")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use peta_dial::{Lender, NotLent, Placeholder};

    use super::*;

    struct Nothing;

    impl Lender for Nothing {
        fn lend(&self) -> Result<peta_arena::Lease, NotLent> {
            Err(NotLent)
        }

        fn now(&self) -> std::time::Duration {
            std::time::Duration::ZERO
        }
    }

    fn carried(at: Place, seed: u8) -> Carried {
        Carried { at, splice: Splice { placeholder: Placeholder::new([seed; 16]), lender: Arc::new(Nothing) } }
    }

    #[test]
    fn placeholders_stand_where_secrets_go() {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = "/mcp?a=b".parse().unwrap();
        let name = header::AUTHORIZATION;
        let all = vec![
            carried(Place::Header { name, before: "Bearer ".into(), after: String::new() }, 1),
            carried(Place::Query("key".into()), 2),
            carried(Place::Cookie("sid".into()), 3),
            carried(Place::Cookie("second".into()), 4),
        ];
        assert_eq!(lade(&mut request, all).unwrap().len(), 4);
        let of = |seed: u8| format!("{seed:02x}").repeat(16);
        assert_eq!(request.headers()["authorization"].to_str().unwrap(), format!("Bearer {}", of(1)));
        assert_eq!(request.uri().to_string(), format!("/mcp?a=b&key={}", of(2)));
        assert_eq!(request.headers()["cookie"].to_str().unwrap(), format!("sid={}; second={}", of(3), of(4)));
        assert!(request.headers()["cookie"].is_sensitive());
    }
}
