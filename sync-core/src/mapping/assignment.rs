//! What company-paid expenses are assigned to: staff member, project, client.

use super::condition::Decided;
use super::pick::{Named, Picked, usable};
use super::{Mapper, Source};
use crate::model::{Client, Project, Staff};

impl<'a> Mapper<'a> {
    /// Rule, then the staff table, then the default. `employee` is the normalised e-mail.
    pub(crate) fn staff(&self, employee: &str, decided: &Decided<'_>) -> Named<&'a Staff> {
        let settings = &self.rules.staff;
        let (id, by, field) = if let Some(rule) = decided.staff
            && let Some(id) = rule.then().staff
        {
            (id, rule.source(), rule.fields())
        } else if let Some(id) = settings.by_employee.get(employee) {
            (*id, Source::StaffTable(employee.to_owned()), "accountEmail")
        } else if let Some(id) = settings.default {
            (id, Source::Default, "accountEmail")
        } else {
            return None;
        };
        // A deleted staff member is not listed, so one that is found may be used.
        Some(
            usable(self.snapshot.staff(id), |_| true, &id, "staff member", &by)
                .map(|staff| Picked::new(staff, by, field)),
        )
    }

    /// The project a rule names, if one does.
    pub(crate) fn project(&self, decided: &Decided<'_>) -> Named<&'a Project> {
        let rule = decided.project?;
        let id = rule.then().project?;
        let by = rule.source();
        let projects = self
            .snapshot
            .parts()
            .projects
            .as_deref()
            .unwrap_or_default();
        let found = projects.iter().find(|project| project.id == id);
        Some(
            usable(found, |project| project.active, &id, "project", &by)
                .map(|project| Picked::new(project, by, rule.fields())),
        )
    }

    /// The client a rule names, if one does.
    pub(crate) fn client(&self, decided: &Decided<'_>) -> Named<&'a Client> {
        let rule = decided.client?;
        let id = rule.then().client?;
        let by = rule.source();
        let clients = self.snapshot.parts().clients.as_deref().unwrap_or_default();
        let found = clients.iter().find(|client| client.id == id);
        Some(
            usable(found, |client| client.active, &id, "client", &by)
                .map(|client| Picked::new(client, by, rule.fields())),
        )
    }
}
