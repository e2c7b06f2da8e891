/** The door of written/: the files of an export. */
export { manifestFiles } from "./manifests.ts";
export { type NatsAccess, type NatsNames, natsAccess, natsNames, natsServer } from "./nats-server.ts";
export { writeFolder } from "./write-folder.ts";
