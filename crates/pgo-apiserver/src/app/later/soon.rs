//! Users and roles of pgo: their rooms are being built.

use pgo_api::{
    CreatePgoroleRequest, CreatePgouserRequest, DeletePgoroleRequest, DeletePgouserRequest,
    ShowPgoroleRequest, ShowPgouserRequest, UpdatePgoroleRequest, UpdatePgouserRequest,
};
use pgo_plan::valid::{check_label, check_password};

use super::Later;
use crate::app::App;
use crate::app::questions::Questions;
use crate::refusal::Refusal;

/// A request of which only names are looked at.
macro_rules! soon {
    ($($request:ty, $command:literal, |$it:ident| $names:expr;)*) => {$(
        impl Later for $request {
            const COMMAND: &'static str = $command;

            fn check(&self, app: &App) -> Result<(), Refusal> {
                let mut questions = Questions::new(app, "");
                let $it = self;
                for name in $names {
                    questions.about("name", check_label(name));
                }
                questions.answer()
            }
        }
    )*};
}

soon! {
    CreatePgoroleRequest, "pgo create pgorole", |it| [&it.pgorole_name];
    UpdatePgoroleRequest, "pgo update pgorole", |it| [&it.pgorole_name];
    ShowPgoroleRequest, "pgo show pgorole", |it| &it.pgorole_name;
    DeletePgoroleRequest, "pgo delete pgorole", |it| &it.pgorole_name;
    ShowPgouserRequest, "pgo show pgouser", |it| &it.pgouser_name;
    DeletePgouserRequest, "pgo delete pgouser", |it| &it.pgouser_name;
}

impl Later for CreatePgouserRequest {
    const COMMAND: &'static str = "pgo create pgouser";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, "");
        questions.about("name", check_label(&self.pgouser_name));
        questions.about(
            "--pgouser-password",
            check_password(self.pgouser_password.reveal()),
        );
        questions.answer()
    }
}

impl Later for UpdatePgouserRequest {
    const COMMAND: &'static str = "pgo update pgouser";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, "");
        questions.about("name", check_label(&self.pgouser_name));
        questions.about(
            "--pgouser-password",
            check_password(self.pgouser_password.reveal()),
        );
        questions.answer()
    }
}
