/** The door of storage/: what makes, attaches and grows the volumes of drivers. */

export { volumeProvisioning } from "./provisioning.ts";
