//! To whom a bill is owed, over all its lines.

use std::collections::BTreeMap;

use super::line::{Line, named};
use super::{Cause, Finding, Step, StepKey};
use crate::mapping::{Gap, Mapper, Pick, Picked, candidate, clean};
use crate::model::{
    Draft, ExpenseReport, FingerprintWriter, Marker, Money, Vendor, VendorDraft, VendorId,
};

/// The vendors of one report's bills; the employee's is looked up once.
#[derive(Debug)]
pub(super) struct Vendors<'a> {
    mapper: &'a Mapper<'a>,
    report: &'a ExpenseReport,
    of_employee: Option<Pick<&'a Vendor>>,
    /// Whether a bill waits for the employee's vendor to be created.
    pub(super) waits: bool,
}

/// Why a line has no vendor.
enum NoVendor {
    /// It will have one once the employee's vendor is created.
    Waits,
    Because(Cause),
}

impl<'a> Vendors<'a> {
    pub(super) const fn new(mapper: &'a Mapper<'a>, report: &'a ExpenseReport) -> Self {
        Self {
            mapper,
            report,
            of_employee: None,
            waits: false,
        }
    }

    /// The one vendor of a bill's lines. Lines whose rules name different vendors cannot share a bill.
    pub(super) fn of_bill(
        &mut self,
        lines: &mut [Line<'_, '_>],
        findings: &mut Vec<Finding>,
    ) -> Option<VendorId> {
        let mut chosen: BTreeMap<VendorId, &Vendor> = BTreeMap::new();
        let mut causes: BTreeMap<Cause, Vec<usize>> = BTreeMap::new();
        let mut waits = false;
        for (position, line) in lines.iter_mut().enumerate() {
            match self.of_line(line) {
                Ok(Picked { value, by, field }) => {
                    line.note("vendor", named(&value.name, &value.id), by, field);
                    chosen.insert(value.id, value);
                }
                Err(NoVendor::Waits) => waits = true,
                Err(NoVendor::Because(cause)) => causes.entry(cause).or_default().push(position),
            }
        }
        self.waits |= waits;
        if chosen.len() > 1 || (waits && !chosen.is_empty()) {
            let candidates = chosen
                .values()
                .map(|vendor| candidate(vendor.id.get(), &vendor.name, "named by a rule"));
            let cause = Cause::VendorAmbiguous {
                employee: self.report.employee.email.clone(),
                candidates: candidates.collect(),
            };
            causes.entry(cause).or_default().extend(0..lines.len());
        }
        let clear = causes.is_empty() && !waits;
        findings.extend(causes.into_iter().map(|(cause, positions)| {
            let concerned: Vec<_> = positions
                .iter()
                .filter_map(|position| lines.get(*position))
                .collect();
            self.finding(cause, &concerned)
        }));
        chosen.into_keys().next().filter(|_| clear)
    }

    /// The step that creates the employee's vendor.
    pub(super) fn creation(&self) -> Step {
        let employee = &self.report.employee;
        let marker = Marker::for_vendor(&employee.email);
        let name = employee
            .name
            .as_deref()
            .map(|name| clean(name, 120))
            .filter(|name| !name.is_empty());
        let mut source = FingerprintWriter::new("vendor-source/v1");
        source.text(&employee.email.trim().to_lowercase());
        Step {
            key: StepKey::of(&marker),
            draft: Draft::Vendor(VendorDraft {
                marker,
                name: name
                    .unwrap_or_else(|| clean(&employee.email, 120))
                    .into_owned(),
                email: employee.email.trim().to_owned(),
                currency: self.report.currency,
            }),
            amount: None,
            expenses: Vec::new(),
            source: source.finish(),
            provenance: Vec::new(),
        }
    }

    fn of_line(&mut self, line: &Line<'_, '_>) -> Result<Picked<&'a Vendor>, NoVendor> {
        if let Some(named) = self.mapper.vendor_by_rule(&line.decided) {
            return named.map_err(|broken| NoVendor::Because(broken.into()));
        }
        if line.expense.reimbursable {
            return self.of_employee();
        }
        match self.mapper.vendor_of_card(line.expense.card.as_ref()) {
            Some(named) => named.map_err(|broken| NoVendor::Because(broken.into())),
            None => Err(NoVendor::Because(Cause::CardVendorMissing {
                card: line
                    .expense
                    .card
                    .as_ref()
                    .map(|card| card.bank.clone())
                    .unwrap_or_default(),
            })),
        }
    }

    fn of_employee(&mut self) -> Result<Picked<&'a Vendor>, NoVendor> {
        let employee = &self.report.employee;
        let may_create = self.may_create();
        let pick = self
            .of_employee
            .get_or_insert_with(|| self.mapper.vendor_of_employee(employee));
        match pick {
            Ok(picked) => Ok(picked.clone()),
            Err(Gap::Missing(suggestions)) if !may_create => {
                Err(NoVendor::Because(Cause::VendorMissing {
                    employee: employee.email.clone(),
                    name: employee.name.clone(),
                    suggestions: suggestions.clone(),
                }))
            }
            Err(Gap::Missing(_)) => Err(NoVendor::Waits),
            Err(Gap::Ambiguous(candidates)) => Err(NoVendor::Because(Cause::VendorAmbiguous {
                employee: employee.email.clone(),
                candidates: candidates.clone(),
            })),
            Err(Gap::Broken(broken)) => Err(NoVendor::Because(broken.clone().into())),
        }
    }

    /// A vendor is created only when the setting allows it, the ladder would find it again by its e-mail, and nobody
    /// has deactivated one with that e-mail.
    fn may_create(&self) -> bool {
        let ladders = self.mapper.rules().ladders;
        let employee = &self.report.employee;
        ladders.create_missing_vendors
            && ladders.vendor_by_email
            && !employee.email.trim().is_empty()
            && self.mapper.has_no_vendor_with_email(&employee.email)
    }

    fn finding(&self, cause: Cause, lines: &[&Line<'_, '_>]) -> Finding {
        Finding {
            cause,
            expense: if let [line] = lines {
                Some(line.expense.id.clone())
            } else {
                None
            },
            amount: Money::sum(self.report.currency, lines.iter().map(|line| line.gross)).ok(),
        }
    }
}
