/** How a call to the folder driver of another machine goes there and back as JSON: refusals are the driver's own, by their codes. */
import { grpcCodes } from "../errors/index.ts";
import { fieldsOf } from "../outside/index.ts";
import { DriverError } from "./driver.ts";
import { folderDriverName } from "./folder-driver.ts";
import { type MachineCall, machineCalls } from "./machine-folders.ts";
import type { StorageDrivers } from "./storage-drivers.ts";

/** What a call answers, or is refused with. Resolves to undefined for what cannot be called from elsewhere. */
export async function answerMachineCall(
  drivers: Pick<StorageDrivers, "call">,
  rpc: string,
  text: string,
): Promise<string | undefined> {
  const call = machineCalls.find(each => each === rpc);
  if (!call) return undefined;
  try {
    const request = fieldsOf(JSON.parse(text)) as unknown as Parameters<typeof drivers.call<typeof call>>[2];
    return JSON.stringify({ answer: (await drivers.call(folderDriverName, call, request)) ?? null });
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return JSON.stringify({ error: { code: error.code, message: error.message.replace(prefix, "") } });
  }
}

/** What the answer says. Throws the DriverError that it is, or Internal for what is no answer. */
export function machineAnswer<T>(rpc: MachineCall, text: string): T {
  const { answer, error } = fieldsOf(parsed(text));
  if (error !== undefined) {
    const { code, message } = fieldsOf(error);
    const known = grpcCodes.find(each => each === code) ?? "Unknown";
    throw new DriverError(known, String(message));
  }
  if (answer === undefined) throw new DriverError("Internal", `no answer to ${rpc}`);
  return answer as T;
}

const prefix = /^rpc error: code = \w+ desc = /;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What cannot be read is no answer.
    return undefined;
  }
}
