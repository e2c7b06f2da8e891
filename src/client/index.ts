/** The door of client/: asks an API server over HTTP. It knows no kinds, so that a command starts without all that is known of them. */
export { type Asked, piecesOf, type ServerAddress, ServerConnection } from "./connection.ts";
export { identityOf } from "./server-identity.ts";
