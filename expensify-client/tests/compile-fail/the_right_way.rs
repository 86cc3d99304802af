// Everything the other programs do, done right.
use expensify_client::{
    Categories, ExpenseId, Export, ExportQuery, ExportTemplate, ExportedFile, FileName, Job,
    JobRequest, Lines, NewReportField, NewTagLevel, PolicyId, PolicyQuery, ReconciliationFile,
    Reimburse, ReportId, TagLevels, TagsUpdate, Tax,
};

fn reply<J: Job>(_: &J) -> J::Reply {
    unreachable!()
}

fn main() {
    let (policy, report) = (PolicyId::new("A").unwrap(), ReportId::new("R00A").unwrap());
    let query = ExportQuery::reports([report.clone()])
        .unwrap()
        .in_policies([policy.clone()]);
    let (categories, tax) = &reply(&PolicyQuery::new([policy.clone()], (Categories, Tax)))[&policy];
    assert!(categories.is_empty() && tax.rates.is_empty());
    let file: ExportedFile<Lines<u8>> = reply(&Export::new(query, ExportTemplate::new("")));
    let name: &FileName = file.name();
    let _ = JobRequest::download(name);
    let _ = JobRequest::download(&ReconciliationFile::new("is_1.csv").unwrap());
    let _ = Reimburse::reports([report]);
    let _ = TagsUpdate::replace_all(Vec::<NewTagLevel>::new());
    let _ = NewReportField::text("Project");
    let _ = TagLevels::Dependent { required: true };
    let _ = ExpenseId::new("4056343049275634494");
}
