/**
 * What servers and clients on two nodes tell each other of connections that are about to end (worker/sockets/farewells.ts), beside these: on a stream
 * of the same HTTP/2 connection, each time one line of JSON. Only who has a connection here is told of it, and is believed about it.
 */
import type { Readable, Writable } from "node:stream";
import type { FarewellQuestion, ServerFarewell } from "../../messages/index.ts";
import type { FarewellEnd } from "../../network/index.ts";
import { fieldsOf } from "../../outside/index.ts";
import { fromText } from "./spoken.ts";

export interface FarewellStream {
  readonly heard: Readable;
  readonly said: Writable;
}

interface Client {
  readonly address: string;
  readonly port: number;
}

/** A line is this long at most, in bytes; and so much may wait to be sent. What is left out is told again a little later. */
const mostBytes = 1024 * 1024;

export class FarFarewells {
  readonly #end: FarewellEnd;
  /** The clients are here, and the servers there; or the other way round. */
  readonly #isClients: boolean;
  /** The ends of the clients, of connections that are open. */
  readonly #open = new Map<string, object>();
  #stream: FarewellStream | undefined;
  #unlisten: () => void = () => {};
  #waiting: (ServerFarewell | FarewellQuestion)[] = [];
  #isOver = false;

  constructor(end: FarewellEnd, is: "clients" | "servers") {
    this.#end = end;
    this.#isClients = is === "clients";
  }

  /** A connection is there. @param connection told apart from others of the same client */
  add({ address, port }: Client, connection: object): void {
    this.#open.set(fromText(address, port), connection);
  }

  delete({ address, port }: Client, connection: object): void {
    const client = fromText(address, port);
    if (this.#open.get(client) === connection) this.#open.delete(client);
  }

  /** From now on it is told there what is said here, and here what is said there. */
  begin(stream: FarewellStream): void {
    if (this.#stream || this.#isOver) {
      stream.said.destroy();
      return;
    }
    this.#stream = stream;
    this.#unlisten = this.#end.listen(told => this.#say(told));
    const { heard, said } = stream;
    said.on("error", () => {}).once("close", () => this.close());
    let line = "";
    heard.setEncoding("utf8");
    heard.on("error", () => {}).once("end", () => this.close());
    heard.on("data", (piece: string) => {
      const lines = (line + piece).split("\n");
      line = lines.pop() ?? "";
      for (const each of lines) this.#heard(each);
      if (line.length > mostBytes) this.close();
    });
  }

  /** Nothing is told any more. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#unlisten();
    this.#stream?.said.end();
    this.#stream?.heard.resume();
  }

  #say(told: readonly (ServerFarewell | FarewellQuestion)[]): void {
    const said = told.flatMap(each => this.#concerning(each, this.#isClients) ?? []);
    if (said.length === 0 || (this.#stream?.said.writableLength ?? 0) > mostBytes) return;
    // What is told one by one in one turn goes together.
    if (this.#waiting.length === 0) setImmediate(() => this.#send());
    if (this.#waiting.length < mostTold) this.#waiting.push(...said);
  }

  #send(): void {
    const said = this.#waiting;
    this.#waiting = [];
    if (!this.#isOver) this.#stream?.said.write(`${JSON.stringify(said)}\n`);
  }

  #heard(line: string): void {
    if (this.#isOver) return;
    let told: unknown;
    try {
      told = JSON.parse(line);
    } catch {
      // It is of another mind: then nothing is told, and connections end as they can.
      this.close();
      return;
    }
    const all = (Array.isArray(told) ? told : []).map(fieldsOf);
    const believed = all.flatMap(each => this.#concerning(each, !this.#isClients) ?? []);
    if (believed.length > 0) this.#end.tell(believed);
  }

  /** As much of it as is of connections that are open here. @param isQuestion whether it has to be a client's, or else a server's */
  #concerning<T extends object>(told: T, isQuestion: boolean): T | undefined {
    const { address, port, asks, ports } = told as Partial<ServerFarewell & FarewellQuestion>;
    if (!isQuestion) return this.#open.has(fromText(String(address), Number(port))) ? told : undefined;
    if (asks === undefined || !Array.isArray(ports)) return undefined;
    const open = ports.filter(each => this.#open.has(fromText(String(asks), Number(each))));
    return open.length > 0 ? { ...told, ports: open } : undefined;
  }
}

/** In one line. */
const mostTold = 5_000;
