/** The programs of the catalogue's images, by the names that they have there. */
import type { ExecWorld } from "../../worker/index.ts";
import type { FindProgram, Invocation, Program } from "../program.ts";
import { agnhost } from "./agnhost.ts";
import { echoServer, httpEcho, whoami } from "./echo.ts";
import { bootcamp, hello, helloApp, hpaExample, nodeHello } from "./hello.ts";
import { httpd } from "./httpd.ts";
import { nginx, nginxEntrypoints } from "./nginx.ts";
import { pause } from "./pause.ts";
import { perl } from "./perl.ts";
import { stress, stressInGo } from "./stress.ts";

export { busyboxHttpd } from "./busybox-httpd.ts";
export { imageFiles } from "./image-files.ts";

type CatalogueProgram = (call: Invocation, world: ExecWorld) => Promise<number>;

const programs: ReadonlyMap<string, CatalogueProgram> = new Map<string, CatalogueProgram>([
  ["/agnhost", agnhost],
  ["/echo-server", echoServer],
  ["/hello", hello],
  ["/hello-app", helloApp],
  ["/hpa-example", hpaExample],
  ["/http-echo", httpEcho],
  ["/kubernetes-bootcamp", bootcamp],
  ["/node-hello", nodeHello],
  ["/pause", pause],
  ["/whoami", whoami],
  ["httpd", httpd],
  ["httpd-foreground", httpd],
  ["/stress", stressInGo],
  ["nginx", nginx],
  ["/opt/bitnami/scripts/nginx/run.sh", nginx],
  ["perl", perl],
  ["stress", stress],
]);

/** The program of a name; undefined where no image has one. */
export function catalogueProgram(name: string, world: ExecWorld, find: FindProgram): Program | undefined {
  const entrypoint = nginxEntrypoints.get(name);
  if (entrypoint) return call => entrypoint(call, find);
  const program = programs.get(name);
  return program && (call => program(call, world));
}
