/** The door of workloads/: what has pods, and the Services before them. */
export { type ExportedService, exportedService } from "./services.ts";
export { type Workload, workloadOf } from "./templates.ts";
