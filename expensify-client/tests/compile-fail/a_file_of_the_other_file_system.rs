use expensify_client::{
    ExportTemplate, ExportedFile, FileName, Job, Json, Reconciliation, ReconciliationFile,
    ReconciliationTemplate, Reports,
};

fn reply<J: Job>(_: &J) -> J::Reply {
    unreachable!()
}

fn read(_: ExportedFile<Reports>) {}

fn main() {
    let _: fn(&FileName) -> &ReconciliationFile = |file| file; //~ E0308
    let _: fn(&Reconciliation) -> FileName = |job| reply(job); //~ E0308
    let _: fn(ReconciliationFile) = |file| read(file); //~ E0308
    let _: fn(ReconciliationTemplate) -> ExportTemplate<Json<u8>> = |template| template; //~ E0308
}
