//! Learning a server: one line without client features, its description, all its lists, and good-bye.

use std::{sync::Arc, time::Duration};

use peta_mcp::ServerFeatures;
use peta_model::{Code, HttpMode, ServerId, ServerSpec, Transport};
use tokio::time::timeout;

use crate::{
    config::Bounds,
    fault::{Executed, LostWhy, OpenError},
    greeting::Greeting,
    ground::Ground,
    key::Profile,
    line::{Line, Opening},
    listing::{self, LearnedPage, ListKind},
    standing::Standing,
};

/// What a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The raw answer to `initialize`.
    pub description: String,
    pub pages: Vec<LearnedPage>,
    /// What is not whole, and why.
    pub warnings: Vec<String>,
    /// Which transport an `auto` server speaks.
    pub transport: Option<HttpMode>,
}

pub(crate) async fn learn(
    ground: &Arc<Ground>,
    standing: &Arc<Standing>,
    (server, spec): (ServerId, &ServerSpec),
    within: Duration,
) -> Result<Learned, OpenError> {
    let greeting = Arc::new(Greeting::new(&Profile::of_nobody(), false));
    let learning = async {
        let opening = Opening { ground, standing, greeting: &greeting, spec, server, holder: None };
        let (line, description) = Line::open(opening, Box::new(|_| ())).await?;
        line.listen();
        let (pages, warnings) = lists(&line, description.features, &ground.config.bounds).await;
        let over = LostWhy::new(Code::SERVER_LOST, Executed::No, "the server was learnt");
        // The server need not be waited for while it ends.
        tokio::spawn(async move { line.close(over).await });
        Ok(Learned { description: description.result.clone(), pages, warnings, transport: speaks(spec, standing) })
    };
    let slow = || OpenError::new(Code::SERVER_UNREACHABLE, "the server did not say in time what it offers");
    timeout(within, learning).await.unwrap_or_else(|_| Err(slow()))
}

/// A list that fails is left out; the others stand.
async fn lists(line: &Line, features: ServerFeatures, bounds: &Bounds) -> (Vec<LearnedPage>, Vec<String>) {
    let (mut pages, mut warnings) = (Vec::new(), Vec::new());
    for kind in ListKind::ALL {
        let offered = match kind {
            ListKind::Tools => features.tools,
            ListKind::Prompts => features.prompts,
            ListKind::Resources | ListKind::Templates => features.resources,
        };
        if !offered {
            continue;
        }
        match listing::drain(line, kind, bounds).await {
            Ok(listed) => {
                pages.extend(listed.pages);
                warnings.extend(listed.warning);
            }
            // Servers with resources but no templates often do not know the method.
            Err(_) if kind == ListKind::Templates => {}
            Err(why) => warnings.push(why.text),
        }
    }
    (pages, warnings)
}

fn speaks(spec: &ServerSpec, standing: &Standing) -> Option<HttpMode> {
    match &spec.transport {
        Transport::Http { url, mode: HttpMode::Auto } => standing.speaks(url),
        Transport::Http { .. } | Transport::Stdio { .. } => None,
    }
}
