// The workbench's questions. Addresses are relative: the page's own holds the token.

async function answered(answer) {
  const found = await answer.json().catch(() => ({ error: "The workbench does not answer as it should." }));
  if (!answer.ok) throw new Error(found.error ?? "The workbench refused.");
  return found;
}

export const ask = async (name, question) =>
  answered(
    await fetch(`api/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(question),
    }).catch(() => {
      throw new Error("The workbench has ended: start it again and open its new address.");
    }),
  );

export const start = async () => answered(await fetch("api/start"));
