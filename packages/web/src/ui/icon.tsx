/** Line icons on a grid of 24, drawn in the color of the text. Decorative: what they mean is said beside them. */
const PATHS = {
  add: "M12 5v14M5 12h14",
  play: "M7 5l12 7-12 7z",
  stop: "M7 7h10v10H7z",
  force: "M4 5l8 7-8 7zM12 5l8 7-8 7z",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  filter: "M3 5h18l-7 8v6l-4-2v-4z",
  settings: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2",
  graph: "M3 20h18M4 16l5-6 4 3 7-9",
  turtle: "M3 14a7 6 0 0 1 14 0zM17 14c4 0 5-4 2-5M6 14v3M14 14v3M10 8v6",
  down: "M12 4v14M6 13l6 6 6-6",
  up: "M12 20V6M6 11l6-6 6 6",
  close: "M6 6l12 12M18 6L6 18",
  check: "M4 13l5 5L20 6",
  columns: "M4 5h16v14H4zM10 5v14M15 5v14",
  help: "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 1-1 2.2M12 18v.5",
  folder: "M3 6h6l2 3h10v10H3z",
  file: "M6 3h8l4 4v14H6zM14 3v5h4",
  copy: "M8 8h12v12H8zM4 16V4h12",
  more: "M5 11.5v1M12 11.5v1M19 11.5v1",
  logout: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  tune: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4v6M9 14v6",
  file1: "M6 3h8l4 4v14H6zM9 12l3 3 3-3M12 9v6",
  up1: "M6 15l6-6 6 6",
  down1: "M6 9l6 6 6-6",
  right1: "M9 6l6 6-6 6",
  warning: "M12 4L2 20h20zM12 10v4M12 17v.5",
  menu: "M4 6h16M4 12h16M4 18h16",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  log: "M5 4h14v16H5zM9 9h6M9 13h6M9 17h3",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-5 15-5 16 0",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  queue: "M4 6h16M4 12h10M4 18h6M18 13v7M15 17l3 3 3-3",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  active: "M3 12h4l3-8 4 16 3-8h4",
  server: "M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01",
  star: "M12 3l2.7 5.8 6.3.8-4.6 4.3 1.2 6.2L12 17l-5.6 3.1 1.2-6.2L3 9.6l6.3-.8z",
  gauge: "M4 18a9 9 0 1 1 16 0M12 14l4-5",
  peers:
    "M9 4a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM3 20c0-7 12-7 12 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3 2.5 3 5.5",
  disk: "M4 6c0-3 16-3 16 0v12c0 3-16 3-16 0zM4 6c0 3 16 3 16 0M4 12c0 3 16 3 16 0",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c-6 6-6 12 0 18M12 3c6 6 6 12 0 18",
  wand: "M5 19L16 8M14 4v2M20 10h-2M19 5l-1.5 1.5M8 5v2M5 8h2",
  tag: "M4 4h8l8 8-8 8-8-8zM8 8h.01",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): React.JSX.Element {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
