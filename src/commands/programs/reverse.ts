/** `rev`, which turns each line around, and `tac`, which begins with the last one. */
import { type Program, print } from "../program.ts";
import { textsOf } from "./files/index.ts";

function edited(name: string, edit: (text: string) => string): Program {
  return async call => {
    const { texts, status } = await textsOf(name, call.args, call);
    for (const { text } of texts) await print(call.stdout, edit(text));
    return status;
  };
}

const turned = (text: string) => text.replaceAll(/[^\n]+/g, line => [...line].reverse().join(""));
const lastFirst = (text: string) => (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).reverse().join("");

export const reversePrograms: ReadonlyMap<string, Program> = new Map([
  ["rev", edited("rev", turned)],
  ["tac", edited("tac", lastFirst)],
]);
