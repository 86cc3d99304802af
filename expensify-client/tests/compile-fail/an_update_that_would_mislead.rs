use expensify_client::{NewReportField, Reimburse, ReportId, Tag, TagLevels, TagsUpdate};

fn main() {
    // The service deletes the tags that are not listed.
    let _ = TagsUpdate::merge(Vec::<Tag>::new()); //~ E0599
    // The service refuses formulas.
    let _ = NewReportField::formula("Total"); //~ E0599
    // One answer for dependent levels, one for each level for independent ones.
    let each: Vec<bool> = Vec::new();
    let _ = TagLevels::Dependent { required: each }; //~ E0308
    let _ = TagLevels::Independent { required: true }; //~ E0308
    // The service sets no status but one.
    let reports = [ReportId::new("R00A").unwrap()];
    let _ = Reimburse::reports(reports).unwrap().with_status("APPROVED"); //~ E0599
}
