/** The door of csi/: drivers in other processes. */
export { SocketDriver } from "./socket-driver.ts";
