/** What is wrong with how an export is asked for, whoever asks. */
import { natsAddressFault } from "../network/index.ts";
import type { ExportOptions } from "./export.ts";

export interface OptionFault {
  readonly option: "nats" | "registry" | "node";
  readonly value: string;
  readonly wanted: string;
}

const registryForm = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/;
const nodeForm = /^\d+(\.\d+){0,2}$/;

/** The first fault; undefined where there is none. */
export function optionFault({
  nats,
  registry,
  node,
}: Pick<ExportOptions, "nats" | "registry" | "node">): OptionFault | undefined {
  const server = nats?.servers.find(each => natsAddressFault(each) !== undefined);
  if (server !== undefined)
    return { option: "nats", value: server, wanted: "a URL is wanted, such as nats://host:4222" };
  if (registry !== undefined && !registryForm.test(registry))
    return {
      option: "registry",
      value: registry,
      wanted: "a host and a path are wanted, such as registry.example/shop",
    };
  if (!nodeForm.test(node)) return { option: "node", value: node, wanted: "a version is wanted, such as 22" };
  return undefined;
}
