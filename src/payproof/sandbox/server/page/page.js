"use strict";
// Everything shown is put in as text, never as markup: it comes from the application under test.
const at = (id) => document.getElementById(id);
const API = "/_payproof/api/accounts";
let account = "", seen = { requests: 0, changed: "" };

async function ask(method, path, body) {
  const options = { method, headers: {} };
  if (method !== "GET") {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body || {});
  }
  const answer = await fetch(API + path, options);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error.message);
  return content;
}

function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function row(...cells) {
  const made = document.createElement("tr");
  for (const [text, kind] of cells) made.append(element("td", text, kind));
  return made;
}

function options(select, values) {
  const wanted = JSON.stringify(values);
  if (select.dataset.values === wanted) return;
  const chosen = select.value;
  select.replaceChildren(...values.map(([value, text]) => {
    const made = element("option", text);
    made.value = value;
    return made;
  }));
  select.dataset.values = wanted;
  if (values.some(([value]) => value === chosen)) select.value = chosen;
}

const time = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19);

async function say(work, done) {
  try {
    const result = await work();
    at("message").textContent = done(result);
    await refresh();
  } catch (error) {
    at("message").textContent = error.message;
  }
}

async function refresh() {
  const { accounts, faults } = await ask("GET", "");
  options(at("account"), accounts.map((each) => [each.id, `${each.id} (${each.requests} requests)`]));
  options(at("fault"), Object.entries(faults).map(([kind, meaning]) => [kind, `${kind}: ${meaning}`]));
  account = at("account").value;
  at("empty").hidden = accounts.length > 0;
  at("account-view").hidden = accounts.length === 0;
  if (!account) return;
  const view = await ask("GET", `/${account}`);
  at("clock").textContent = `${view.processor} clock: ${time(view.now)} UTC`;
  options(at("verb"), view.verbs.map((verb) => [verb, verb.replaceAll("_", " ")]));
  const lines = [
    ...(view.trouble ? [`This account could not be restored whole: ${view.trouble}`] : []),
    ...view.endpoints.map((endpoint) => `Webhooks go to ${endpoint.url} (${endpoint.events.join(", ")})`),
    ...view.faults, ...view.problems,
  ];
  at("state").replaceChildren(...lines.map((line) => element("li", line)));
  const changed = JSON.stringify([account, view.requests, view.events]);
  const [journal, webhooks] = [await ask("GET", `/${account}/journal`), await ask("GET", `/${account}/webhooks`)];
  const shown = JSON.stringify([changed, journal, webhooks]);
  if (shown === seen.changed) return;
  seen.changed = shown;
  at("requests").replaceChildren(...journal.entries.reverse().map((entry) => row(
    [entry.number],
    [`${entry.method} ${entry.path}${entry.idempotency_key ? `  key ${entry.idempotency_key}` : ""}`],
    [`${entry.status ?? entry.failure}${entry.replayed ? " (replayed)" : ""}${entry.fault ? ` fault ${entry.fault}` : ""}`,
      entry.status && entry.status < 400 ? "good" : "bad"],
    [entry.effects.join(" ")],
  )));
  at("events").replaceChildren(...webhooks.events.reverse().map((event) => row(
    [event.number], [`${event.type} ${event.id}`],
    [event.attempts.map((each) => `${each.url} ${each.status ?? each.error}`).join("; ") || "none",
      event.attempts.every((each) => each.status >= 200 && each.status < 300) ? "" : "bad"],
  )));
}

function on(id, work, done) {
  const target = at(id);
  target.addEventListener(target.tagName === "FORM" ? "submit" : "click", (event) => {
    event.preventDefault();
    say(work, done);
  });
}

on("verb-form", () => ask("POST", `/${account}/verbs/${at("verb").value}`, { args: [at("object").value.trim()] }),
  ({ result }) => `Done: ${result && result.id ? `${result.id} is ${result.status || "there"}` : "nothing to show"}`);
on("clock-form", () => ask("POST", `/${account}/clock`, { advance: { [at("unit").value]: Number(at("by").value) } }),
  ({ now }) => `The clock stands at ${time(now)} UTC`);
on("fault-form", () => ask("POST", `/${account}/faults`, { kinds: [at("fault").value], on: at("on").value.trim() || null }),
  () => "The fault is planned");
on("clear", () => ask("DELETE", `/${account}/faults`), () => "No fault is planned");
on("endpoint-form", () => ask("POST", `/${account}/endpoints`, { url: at("url").value }),
  ({ secret }) => `Added; its signing secret is ${secret}`);
on("retry", () => ask("POST", `/${account}/retry`), ({ again }) => `${again} to deliver again`);
on("reset", () => ask("POST", `/${account}/reset`), () => "The account is empty");
at("account").addEventListener("change", () => { at("message").textContent = ""; refresh(); });

refresh().catch((error) => { at("message").textContent = error.message; });
setInterval(() => refresh().catch(() => { at("message").textContent = "The sandbox does not answer."; }), 1000);
