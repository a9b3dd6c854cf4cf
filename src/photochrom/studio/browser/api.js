/** Shows what the API takes and gives, from its own description. */

function element(kind, text = "", className = "") {
  return Object.assign(document.createElement(kind), { textContent: text, className });
}

const reply = await fetch("/api/v1/openapi.json");
const { paths, components } = await reply.json();

/** Follow references, and say in a few words what a value may be. */
function words(schema = {}) {
  if (schema.$ref) return words(components.schemas[schema.$ref.split("/").at(-1)]);
  const kinds = (schema.anyOf ?? [schema]).map((each) => each.type).filter((kind) => kind !== "null");
  const bounds = Object.entries((schema.anyOf ?? [schema])[0])
    .filter(([key]) => /^(minimum|maximum|maxLength|maxItems|pattern)$/.test(key))
    .map(([key, value]) => `${key} ${value}`);
  return [kinds.join(" or "), ...bounds].filter(Boolean).join(", ");
}

function row(name, what, isNeeded, text = "") {
  const line = element("tr");
  const rest = [what, isNeeded ? "needed" : "", text].filter(Boolean).join("; ");
  line.append(element("th", name), element("td", rest));
  return line;
}

function operation(path, method, about) {
  const section = element("section");
  const title = element("h2");
  title.append(element("code", method.toUpperCase()), " ", element("code", path));
  section.append(title);
  if (about.description) section.append(element("p", about.description));
  const table = element("table");
  for (const { name, in: place, schema, required } of about.parameters ?? []) {
    table.append(row(name, `${place}: ${words(schema)}`, required));
  }
  const body = about.requestBody?.content?.["application/json"]?.schema;
  const fields = body?.$ref ? components.schemas[body.$ref.split("/").at(-1)] : body;
  for (const [name, schema] of Object.entries(fields?.properties ?? {})) {
    table.append(row(name, `JSON: ${words(schema)}`, fields.required?.includes(name)));
  }
  if (table.rows.length) section.append(table);
  return section;
}

for (const [path, methods] of Object.entries(paths)) {
  for (const [method, about] of Object.entries(methods)) {
    document.querySelector("#paths").append(operation(path, method, about));
  }
}
document.querySelector("#paths").dataset.done = "";
