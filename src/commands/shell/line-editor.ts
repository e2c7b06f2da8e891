/**
 * What a terminal's driver does on a machine: a person types and edits a line, sees it, and whatever reads gets it when it is
 * complete. Ctrl-C interrupts, Ctrl-D ends.
 */
import { createInterface, type Interface } from "node:readline";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { readLine, type Terminal } from "../program.ts";

export class LineEditor implements Terminal {
  /** The lines that were typed, for whatever reads next. */
  readonly stdin = new PassThrough();
  interrupted: () => void = () => {};
  readonly #readline: Interface;
  #isPrompting = false;

  constructor(input: Readable, output: Writable) {
    const readline = createInterface({ input, output, terminal: true, prompt: "" });
    this.#readline = readline;
    readline.on("line", line => {
      this.#quiet();
      if (this.stdin.write(`${line}\n`)) return;
      readline.pause();
      this.stdin.once("drain", () => readline.resume());
    });
    readline.on("SIGINT", () => {
      output.write("^C\r\n");
      if (this.#isPrompting) this.stdin.write("\n");
      else this.interrupted();
      this.#quiet();
    });
    readline.on("close", () => this.stdin.end());
  }

  async prompt(text: string): Promise<string | undefined> {
    this.#isPrompting = true;
    this.#readline.setPrompt(text);
    this.#readline.prompt();
    try {
      return await readLine(this.stdin);
    } finally {
      this.#quiet();
    }
  }

  close(): void {
    this.#readline.close();
    this.stdin.end();
  }

  #quiet(): void {
    this.#isPrompting = false;
    this.#readline.setPrompt("");
  }
}
