/**
 * The expressions of policies and webhooks. What an object looks like is not declared to them: they are about any kind. Kept,
 * for they are asked for at every write.
 */
import { setBounded } from "../../outside/index.ts";
import type { Schema } from "../schema/index.ts";
import { declaredType } from "./declared-types.ts";
import { CelEnvironment, type CelExpression } from "./expression.ts";

const variables = {
  object: "dyn",
  oldObject: "dyn",
  request: "dyn",
  params: "dyn",
  namespaceObject: "dyn",
  variables: "dyn",
  authorizer: "kubernetes.authorization.Authorizer",
};

let environment: CelEnvironment | undefined;
const expressions = new Map<string, CelExpression>();
const mostKept = 10_000;

/** @param type what it must result in: `bool`, `string` */
export function admissionExpression(expression: string, type?: string): CelExpression {
  environment ??= new CelEnvironment(
    () => variables,
    (wanted, got) => `must evaluate to ${wanted} but got ${got}`,
  );
  const key = `${type ?? ""} ${expression}`;
  let found = expressions.get(key);
  if (!found) {
    found = environment.compile(expression, type);
    setBounded(expressions, key, found, mostKept);
  }
  return found;
}

/**
 * What the expression of a policy gets wrong where objects look like this, as a text; undefined where nothing is. Such a mistake
 * is no reason to refuse the policy.
 */
export function typeMistakes(expression: string, schema: Schema): string | undefined {
  const typed = new CelEnvironment(types => {
    const object = declaredType(types, schema, "object");
    return { ...variables, object, oldObject: object };
  });
  return typed.compile(expression).fault?.replace(/^compilation failed: /, "");
}
