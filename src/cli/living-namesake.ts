/**
 * Whether a cluster of the same name, which a kubeconfig holds, still runs. An entry that a killed cluster has left may be replaced;
 * that of one that runs may not, or its clients would find the new one without a word.
 */
import { request as plain } from "node:http";
import { request as encrypted } from "node:https";
import { ApiError } from "../errors/index.ts";
import { type Namesake, namesakeIn } from "./kubeconfig-file.ts";

/** How long it may take to answer, in milliseconds: it is on this machine, or nearly. */
const patienceMs = 2_000;

/** Fails with AlreadyExists where a cluster runs that the text of a kubeconfig would replace in the file. */
export async function assertNoneLives(file: string, text: string): Promise<void> {
  const namesake = namesakeIn(file, text);
  if (!namesake || !(await answers(namesake))) return;
  const { name, server } = namesake;
  throw new ApiError(
    "AlreadyExists",
    `a cluster ${JSON.stringify(name)} runs already, at ${server}, and ${file} is how its clients find it: give this one another --name, or name another file with --kubeconfig`,
    { name },
  );
}

/** Whether that very cluster is there: where it has a certificate, no other server can pass for it. */
function answers({ server, ca }: Namesake): Promise<boolean> {
  return new Promise(resolve => {
    try {
      const url = new URL("/livez", server);
      const options = { timeout: patienceMs, agent: false, ...(ca !== undefined && { ca }) };
      const asked = url.protocol === "https:" ? encrypted(url, options) : plain(url, options);
      asked.on("response", response => {
        response.destroy();
        resolve(true);
      });
      asked.on("error", () => resolve(false));
      asked.on("timeout", () => asked.destroy());
      asked.on("close", () => resolve(false));
      asked.end();
    } catch {
      // What stands there is no address: nothing can be there.
      resolve(false);
    }
  });
}
