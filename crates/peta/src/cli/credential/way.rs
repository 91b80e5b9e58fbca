//! Where a credential goes, as the command line says it.

use clap::Args;
use peta_api::credential::{BasicDelivery, Delivery, HeaderDelivery};
use peta_model::Code;

use crate::fault::Fault;

#[derive(Debug, Args)]
pub(crate) struct Way {
    /// In a header of each request; `{}` is the secret.
    #[arg(long, value_name = "'NAME: …{}…'", help_heading = "Where it goes")]
    header: Option<String>,
    /// As a parameter of each request's query.
    #[arg(long, value_name = "KEY", help_heading = "Where it goes")]
    query: Option<String>,
    /// As a cookie of each request.
    #[arg(long, value_name = "KEY", help_heading = "Where it goes")]
    cookie: Option<String>,
    /// As the password of HTTP Basic, for this user.
    #[arg(long, value_name = "USER", help_heading = "Where it goes")]
    basic: Option<String>,
    /// In this environment variable, for the life of the process.
    #[arg(long, value_name = "VARIABLE", help_heading = "Where it goes")]
    env: Option<String>,
    /// Through a file descriptor; this variable holds its number.
    #[arg(long, value_name = "VARIABLE", help_heading = "Where it goes")]
    fd: Option<String>,
    /// In a file in memory; this variable holds its path.
    #[arg(long, value_name = "VARIABLE", help_heading = "Where it goes")]
    file: Option<String>,
}

impl Way {
    pub(super) fn read(self) -> Result<Delivery, Fault> {
        let Self { header, query, cookie, basic, env, fd, file } = self;
        let header = header.map(|text| read_header(&text)).transpose()?;
        header
            .or(query.map(Delivery::Query))
            .or(cookie.map(Delivery::Cookie))
            .or(basic.map(|user| Delivery::Basic(BasicDelivery { user })))
            .or(env.map(Delivery::Env))
            .or(fd.map(Delivery::Fd))
            .or(file.map(Delivery::File))
            .ok_or_else(|| {
                Fault::new(Code::USAGE, "nothing says where the credential goes", "add --header, --env or another")
            })
    }
}

/// The text is not repeated: people paste secrets here.
fn read_header(text: &str) -> Result<Delivery, Fault> {
    let parts = text.split_once(':').map(|(name, template)| (name.trim(), template.trim()));
    match parts.filter(|(name, template)| !name.is_empty() && template.matches("{}").count() == 1) {
        Some((name, template)) => {
            Ok(Delivery::Header(HeaderDelivery { name: name.to_owned(), template: template.to_owned() }))
        }
        None => Err(Fault::new(
            Code::USAGE,
            "--header wants a name, a colon and a value in which `{}` stands once for the secret",
            "write it as --header 'Authorization: Bearer {}'; the secret itself comes by --from-stdin",
        )),
    }
}
