/**
 * How a command ended, as a kubelet tells it (kubelet/channels/remote-command.ts). It comes from another machine, which may be of another mind: what
 * is no such thing ends nothing here but the session.
 */
import { fieldsOf } from "../../outside/index.ts";
import type { SessionExit } from "../streams/index.ts";

/** Undefined where the text tells nothing of the kind. */
export function exitIn(text: string): SessionExit | undefined {
  const { status, reason, message, details } = fieldsOf(parsed(text));
  if (status === "Success") return { exitCode: 0 };
  if (status !== "Failure") return undefined;
  const { causes } = fieldsOf(details);
  const [first, ...others] = (Array.isArray(causes) ? causes : []).map(fieldsOf);
  const code = Number([first, ...others].find(cause => cause?.reason === "ExitCode")?.message);
  if (reason === "NonZeroExitCode" && Number.isInteger(code)) return { exitCode: code };
  const said = String(first?.message ?? message ?? "");
  return { exitCode: 126, message: said.replace("error executing command in container: ", "") };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It is told as what cannot be read.
    return undefined;
  }
}
