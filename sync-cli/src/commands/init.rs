//! `init`: a commented configuration.

use std::io::Write as _;

use crate::cli::{Global, InitArgs};
use crate::config::TEMPLATE;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{NoteView, Output};
use crate::private_file;

/// Writes the template with today as start date; never over a file that is there.
pub(super) fn run(global: &Global, out: Output, args: &InitArgs) -> Outcome {
    let path = args.path.as_ref().unwrap_or(&global.config);
    let today = chrono::Local::now().date_naive();
    let text = TEMPLATE.replace("@START_DATE@", &today.to_string());
    let mut file = private_file::create_new(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::configuration(
                format!("failed to write {}: it exists", path.display()),
                "edit it, or choose another place with --path",
            )
        } else {
            Failure::file("write", path, &error)
        }
    })?;
    file.write_all(text.as_bytes())
        .map_err(|error| Failure::file("write", path, &error))?;
    let next = "put your workspaces into it, then run `ml-connector connect expensify`, `ml-connector connect freshbooks` \
                and `ml-connector doctor`";
    out.show(&NoteView::new(
        format!("wrote {}", path.display()),
        Some(next),
    ))?;
    Ok(ExitCode::Done)
}
