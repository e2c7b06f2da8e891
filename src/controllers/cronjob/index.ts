/** The door of cronjob/. */
export { cronjob } from "./cronjob.ts";
