/** The door of workloads/: what has pods, and the Services before them. */
export { exportedClaimSpec } from "./claims.ts";
export { type ExportedService, exportedService } from "./services.ts";
export { isOfCopies } from "./short-forms.ts";
export { workloadOf } from "./templates.ts";
export type { Workload } from "./workload.ts";
