/** A client of the web shop's store: one connection, one line, one answer. */
import { connect } from "node:net";
import { text } from "node:stream/consumers";

export async function query(line: string): Promise<string> {
  const socket = connect(5432, "store");
  socket.end(`${line}\n`);
  const answer = (await text(socket)).trim();
  if (answer === "" || answer.startsWith("error"))
    throw new Error(`the store answered ${answer || "nothing"}`);
  return answer;
}
