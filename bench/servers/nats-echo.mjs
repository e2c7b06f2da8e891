/** Answers each message of the subject `echo` with what is in it. Its first argument is the URL of the NATS server. */
import { connect } from "@nats-io/transport-node";

const connection = await connect({ servers: process.argv[2] });
connection.subscribe("echo", { callback: (_, message) => message.respond(message.data) });
await connection.flush();
process.send("ready");
process.once("disconnect", () => connection.close());
