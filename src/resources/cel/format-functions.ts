/** The formats of names in CEL: `!format.dns1123Label().validate(self.name).hasValue()`. */
import { dns1035Label, dnsLabel, dnsSubdomain, labelValue, type NameRule, qualifiedName } from "../names.ts";
import { hasFormat } from "../schema/index.ts";
import { type Environment, library } from "./library.ts";

class Format {
  readonly name: string;
  readonly rule: NameRule;

  constructor(name: string, rule: NameRule) {
    this.name = name;
    this.rule = rule;
  }
}

class FormatNamespace {}

/** A prefix may end as a whole name may not. */
function asPrefix(rule: NameRule): NameRule {
  return value => rule(value.replace(/-$/, "a"));
}

function ofFormat(format: string, sentence: string): NameRule {
  return value => (hasFormat(format, value) ? [] : [sentence]);
}

const rules: Readonly<Record<string, NameRule>> = {
  dns1123Label: dnsLabel,
  dns1123Subdomain: dnsSubdomain,
  dns1035Label,
  qualifiedName,
  dns1123LabelPrefix: asPrefix(dnsLabel),
  dns1123SubdomainPrefix: asPrefix(dnsSubdomain),
  dns1035LabelPrefix: asPrefix(dns1035Label),
  labelValue,
  uri: ofFormat("uri", "invalid URI"),
  uuid: ofFormat("uuid", "does not match the UUID format"),
  byte: ofFormat("byte", "invalid base64"),
  date: ofFormat("date", "invalid date"),
  datetime: ofFormat("datetime", "invalid datetime"),
};

export function registerFormats(environment: Environment): void {
  const formats = new Map(Object.entries(rules).map(([name, rule]) => [name, new Format(name, rule)]));
  environment
    .registerType("kubernetes.NamedFormat", Format)
    .registerType("FormatNamespace", FormatNamespace)
    .registerConstant("format", "FormatNamespace", new FormatNamespace())
    .registerFunction(
      "FormatNamespace.named(string): optional<kubernetes.NamedFormat>",
      (_: FormatNamespace, name: string) => {
        const { Optional } = library();
        const found = formats.get(name);
        return found ? Optional.of(found) : Optional.none();
      },
    )
    .registerFunction(
      "kubernetes.NamedFormat.validate(string): optional<list<string>>",
      ({ rule }: Format, text: string) => {
        const { Optional } = library();
        const wrong = rule(text);
        return wrong.length > 0 ? Optional.of([...wrong]) : Optional.none();
      },
    );
  for (const [name, format] of formats)
    environment.registerFunction(`FormatNamespace.${name}(): kubernetes.NamedFormat`, () => format);
}
