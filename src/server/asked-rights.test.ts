/** Which right a request needs, as Kubernetes' RequestInfo has it. */
import { expect, test } from "vitest";
import { askedRight } from "./asked-rights.ts";
import { askedIn } from "./route.ts";

const pods = "/api/v1/namespaces/a/pods";

/** As `verb group/resource/subresource namespace/name`, or `verb path`. */
function rightOf(method: string, url: string): string {
  const right = askedRight({ method, url }, askedIn(url));
  if (right.path !== undefined) return `${right.verb} ${right.path}`;
  const { verb, group, resource, subresource, namespace, name } = right;
  return `${verb} ${[group, resource, subresource].join("/")} ${namespace}/${name}`;
}

test.each<[string, string, string]>([
  ["GET", pods, "list /pods/ a/"],
  ["HEAD", pods, "list /pods/ a/"],
  ["GET", "/apis/apps/v1/deployments", "list apps/deployments/ /"],
  ["GET", `${pods}?watch=true`, "watch /pods/ a/"],
  ["GET", `${pods}?watch=0`, "list /pods/ a/"],
  ["GET", "/api/v1/watch/namespaces/a/pods/b", "watch /pods/ a/b"],
  ["POST", "/api/v1/watch/namespaces/a/pods", "watch /pods/ a/"],
  ["GET", `${pods}?fieldSelector=metadata.name%3Db`, "list /pods/ a/b"],
  ["GET", `${pods}?watch=1&fieldSelector=spec.nodeName%3Dn,metadata.name%3D%3Db`, "watch /pods/ a/b"],
  ["GET", `${pods}?fieldSelector=metadata.name!%3Db`, "list /pods/ a/"],
  ["GET", `${pods}?fieldSelector=metadata.name%3Db/c`, "list /pods/ a/"],
  ["GET", `${pods}?fieldSelector=metadata.name%3D..`, "list /pods/ a/"],
  ["GET", `${pods}?fieldSelector=nonsense`, "list /pods/ a/"],
  ["DELETE", `${pods}?fieldSelector=metadata.name%3Db`, "deletecollection /pods/ a/"],
  ["GET", `${pods}/b`, "get /pods/ a/b"],
  ["GET", `${pods}/b?watch=true`, "watch /pods/ a/b"],
  ["GET", `${pods}/b/log?watch=true`, "get /pods/log a/b"],
  ["GET", `${pods}/https:b:80/proxy/c`, "get /pods/proxy a/https:b:80"],
  ["POST", pods, "create /pods/ a/"],
  ["POST", `${pods}/b/exec?command=c`, "create /pods/exec a/b"],
  ["PUT", `${pods}/b`, "update /pods/ a/b"],
  ["PATCH", `${pods}/b/status`, "patch /pods/status a/b"],
  ["DELETE", `${pods}/b`, "delete /pods/ a/b"],
  ["OPTIONS", pods, " /pods/ a/"],
  ["GET", "/api/v1/namespaces", "list /namespaces/ /"],
  ["GET", "/api/v1/namespaces/a", "get /namespaces/ a/a"],
  ["PUT", "/api/v1/namespaces/a/finalize", "update /namespaces/finalize a/a"],
  ["GET", "/healthz?verbose", "get /healthz"],
  ["POST", "/version/", "post /version/"],
  ["GET", "/apis/apps/v1", "get /apis/apps/v1"],
])("%s %s: %s", (method, url, right) => {
  expect(rightOf(method, url)).toBe(right);
});
