import { expect, it } from "vitest";
import { withoutEffect } from "./process-variables.ts";

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const other = own === "Asia/Tokyo" ? "Asia/Kolkata" : "Asia/Tokyo";

it.each<[Record<string, string>, Record<string, string>, string[]]>([
  [{}, {}, []],
  [{ HOME: "/x", LANG: "C.UTF-8", NODE_PATH: "/lib", NODE_ENV: "production" }, {}, []],
  [{ NODE_OPTIONS: "--no-warnings", TZ: other }, {}, ["NODE_OPTIONS", "TZ"]],
  [{ UV_THREADPOOL_SIZE: "16", NODE_DEBUG: "net" }, {}, ["NODE_DEBUG", "UV_THREADPOOL_SIZE"]],
  [{ NODE_OPTIONS: "" }, {}, []],
  [{ NODE_OPTIONS: "--a", TZ: other }, { NODE_OPTIONS: "--a", TZ: other }, []],
  [{ NODE_OPTIONS: "--a" }, { NODE_OPTIONS: "--b" }, ["NODE_OPTIONS"]],
  [{ TZ: own }, {}, []],
  [{ TZ: "no/zone" }, {}, ["TZ"]],
])("of %j in a program with %j, %j have no effect", (env, program, names) =>
  expect(withoutEffect(env, program)).toEqual(names),
);
