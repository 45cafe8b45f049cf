/**
 * Puts text into the clipboard. Browsers have no clipboard for pages that came over plain HTTP from another machine, as the
 * daemon's often does: there the old way copies what is selected.
 */
export async function copyText(text: string): Promise<void> {
  if (window.isSecureContext && "clipboard" in navigator) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr-only";
  // Inside a dialog or menu, focus may not leave it.
  (document.activeElement?.parentElement ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied ? undefined : Promise.reject(new Error(text));
}
