/** The door of deployment/. */
export { deployment } from "./deployment.ts";
