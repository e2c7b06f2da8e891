/**
 * `node` inside a container: `-e CODE`, `-p EXPR`, what comes on its input and a person at a terminal are run in the container's own world
 * (evaluation.ts), files by a Node of their own.
 */
import type { PlaceOf } from "../../worker/index.ts";
import { type Invocation, type Io, print, readLine, type Terminal } from "../program.ts";
import { Evaluation, type EvaluationOptions } from "./evaluation.ts";
import { runWithPlaces } from "./machine.ts";

export interface NodeOptions extends EvaluationOptions {
  readonly placeOf: PlaceOf;
}

export async function node(call: Invocation, options: NodeOptions): Promise<number> {
  const [option = "", code, ...rest] = call.args;
  if (option === "-v" || option === "--version") {
    await print(call.stdout, `${process.version}\n`);
    return 0;
  }
  if (option === "" || option === "-i" || option === "-") return fromInput(call, options);
  if (!["-e", "--eval", "-p", "--print", "-pe"].includes(option))
    return runWithPlaces(process.execPath, call, options.placeOf);
  if (code === undefined) throw new Error(`node: ${option} requires an argument`);
  const evaluation = new Evaluation(call, options, rest);
  return evaluation.run(code, option === "-p" || option === "--print" || option === "-pe");
}

/** A person is asked for one piece of code after another; what comes from elsewhere is run when all of it is there. */
async function fromInput(call: Invocation, options: NodeOptions): Promise<number> {
  const evaluation = new Evaluation(call, options, []);
  const terminal = call.terminal ?? (call.args[0] === "-i" ? withoutTyping(call) : undefined);
  if (terminal) return evaluation.converse(terminal);
  const pieces: Buffer[] = [];
  for await (const piece of call.stdin) pieces.push(piece as Buffer);
  return evaluation.run(Buffer.concat(pieces).toString(), false);
}

/** `node -i` converses with what is no terminal too. */
function withoutTyping({ stdin, stdout }: Io): Terminal {
  return {
    interrupted: () => {},
    async prompt(text) {
      await print(stdout, text);
      return readLine(stdin);
    },
  };
}
