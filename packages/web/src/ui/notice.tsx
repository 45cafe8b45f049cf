/** Where there is nothing to see: it loads, it is empty, or it failed, each with what to do. */
export interface NoticeProps {
  readonly title: string;
  readonly text?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export function Notice({ title, text, action }: NoticeProps): React.JSX.Element {
  return (
    <div className="flex flex-col items-center justify-center gap-3 p-8 text-center min-h-40">
      <p className="font-semibold text-base">{title}</p>
      {text !== undefined && <p className="text-dim max-w-prose wrap-anywhere">{text}</p>}
      {action !== undefined && (
        <button type="button" className="button button-main" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}
