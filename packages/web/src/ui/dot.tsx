/** A spot of a label's color; a ring where it has none. */
export function Dot({ color }: { readonly color: string | undefined }): React.JSX.Element {
  const look = color === undefined ? {} : { background: color, borderColor: color };
  return <span aria-hidden="true" className="w-2.5 h-2.5 shrink-0 rounded-full border border-dim" style={look} />;
}
