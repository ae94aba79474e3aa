# Flattens the YAML (and so JSON) that seeds are written in into lines of `path<TAB>value`, for the shell to read:
# `users.0.name<TAB>ops`. In values, backslash, newline and tab are written \\ \n \t. Knows block and flow collections, plain,
# quoted and block scalars, comments; knows no anchors, aliases, tags, complex keys or several documents.

{ sub(/\r$/, ""); line[++lines] = $0 }

END {
  cur = 1
  if (content()) {
    if (line[cur] ~ /^ *[[{]/) { text = line[cur]; sub(/^ */, "", text); cur++; value(text, -1, "") }
    else block(indent_of(line[cur]), "")
  }
}

function indent_of(s) { match(s, /^ */); return RLENGTH }
function spaces(n) { return sprintf("%" n "s", "") }

# Moves to the next line that holds something. False at the end.
function content() {
  while (cur <= lines && (line[cur] ~ /^[ \t]*(#.*)?$/ || line[cur] ~ /^(---|\.\.\.|%)/)) cur++
  return cur <= lines
}

function emit(path, text) {
  gsub(/\\/, "\\\\", text); gsub(/\n/, "\\n", text); gsub(/\t/, "\\t", text)
  sub(/^\./, "", path)
  printf "%s\t%s\n", path, text
}

function block(indent, path,    item, rest, key, colon) {
  item = 0
  while (content() && indent_of(line[cur]) == indent) {
    rest = substr(line[cur], indent + 1)
    if (rest ~ /^-( |$)/) {
      sub(/^-/, " ", rest)
      if (rest ~ /^ *(#.*)?$/) {
        cur++
        if (content() && indent_of(line[cur]) > indent) block(indent_of(line[cur]), path "." item)
        else emit(path "." item, "")
      } else if (key_end(substr(rest, indent_of(rest) + 1)) || rest ~ /^ +-( |$)/) {
        line[cur] = spaces(indent) rest
        block(indent + indent_of(rest), path "." item)
      } else {
        cur++
        sub(/^ +/, "", rest)
        value(rest, indent, path "." item)
      }
      item++
    } else {
      colon = key_end(rest)
      if (!colon) { cur++; continue }
      key = substr(rest, 1, colon - 1)
      gsub(/^["' ]+|["' ]+$/, "", key)
      rest = substr(rest, colon + 1)
      sub(/^[ \t]+/, "", rest)
      cur++
      if (rest != "" && rest !~ /^#/) value(rest, indent, path "." key)
      else if (content() && (indent_of(line[cur]) > indent || (indent_of(line[cur]) == indent && line[cur] ~ /^ *-( |$)/)))
        nested(indent_of(line[cur]), path "." key, indent)
      else emit(path "." key, "")
    }
  }
}

# A list may stand at the indentation of its key: it then ends where the next key begins.
function nested(indent, path, parent,    item, rest) {
  if (indent > parent) { block(indent, path); return }
  item = 0
  while (content() && indent_of(line[cur]) == indent && line[cur] ~ /^ *-( |$)/) {
    rest = substr(line[cur], indent + 2)
    line[cur] = spaces(indent) " " rest
    if (rest ~ /^ *$/) { cur++; if (content() && indent_of(line[cur]) > indent) block(indent_of(line[cur]), path "." item) }
    else if (key_end(substr(rest, indent_of(rest) + 1)) || rest ~ /^ +-( |$)/) block(indent_of(line[cur]), path "." item)
    else { cur++; sub(/^ +/, "", rest); value(rest, indent, path "." item) }
    item++
  }
}

# Where the colon after a key is, 0 when the text is no `key: value`.
function key_end(s) {
  if (s ~ /^"/) { if (match(s, /^"[^"]*" *:( |$)/)) return index_of_colon(s, RLENGTH); return 0 }
  if (s ~ /^'/) { if (match(s, /^'[^']*' *:( |$)/)) return index_of_colon(s, RLENGTH); return 0 }
  if (s ~ /^[[{|>#]/) return 0
  if (match(s, /^[^ \t:][^:]*(:[^ :][^:]*)*:( |$)/)) return index_of_colon(s, RLENGTH)
  return 0
}
function index_of_colon(s, length_with) { return substr(s, length_with, 1) == ":" ? length_with : length_with - 1 }

function value(rest, indent, path,    more) {
  if (rest ~ /^[|>]/) { block_scalar(rest, indent, path); return }
  if (rest ~ /^[[{"']/) {
    flow = rest; at = 1
    # What is open goes on in the next lines.
    while (!closed(flow) && cur <= lines) { more = line[cur++]; sub(/^[ \t]+/, "", more); flow = flow (flow ~ /[[{,]$/ ? "" : " ") more }
    flow_value(path)
    return
  }
  sub(/[ \t]+#.*$/, "", rest)
  while (cur <= lines && line[cur] !~ /^[ \t]*(#.*)?$/ && indent_of(line[cur]) > indent && indent >= 0) {
    more = line[cur++]; sub(/^[ \t]+/, "", more); sub(/[ \t]+#.*$/, "", more); rest = rest " " more
  }
  sub(/[ \t]+$/, "", rest)
  emit(path, rest == "~" || rest == "null" ? "" : rest)
}

function block_scalar(header, indent, path,    inner, text, folded, blanks, s, i) {
  folded = header ~ /^>/
  inner = match(header, /[1-9]/) ? indent + substr(header, RSTART, 1) : 0
  text = ""; blanks = ""; i = 0
  while (cur <= lines) {
    s = line[cur]
    if (s ~ /^ *$/ && (!inner || length(s) <= inner)) { blanks = blanks "\n"; cur++; continue }
    if (!inner) { if (indent_of(s) <= indent) break; inner = indent_of(s) }
    if (indent_of(s) < inner) break
    s = substr(s, inner + 1)
    if (i++ == 0) text = blanks s
    else if (folded && blanks == "" && s !~ /^[ \t]/) text = text " " s
    else if (folded && blanks != "") text = text blanks s
    else text = text "\n" blanks s
    blanks = ""
    cur++
  }
  if (header ~ /^.[0-9]*-/) ; else if (header ~ /^.[0-9]*\+/) text = text "\n" blanks; else if (i) text = text "\n"
  emit(path, text)
}

# Whether every bracket and quote that the text opens is closed in it.
function closed(s,    i, c, depth, quote) {
  depth = 0; quote = ""
  for (i = 1; i <= length(s); i++) {
    c = substr(s, i, 1)
    if (quote == "\"") { if (c == "\\") i++; else if (c == quote) quote = "" }
    else if (quote == "'") { if (c == quote) quote = "" }
    else if ((c == "\"" || c == "'") && (i == 1 || substr(s, i - 1, 1) ~ /[[{,: ]/)) quote = c
    else if (c == "[" || c == "{") depth++
    else if (c == "]" || c == "}") depth--
  }
  return depth <= 0 && quote == ""
}

function skip() { while (substr(flow, at, 1) ~ /[ \t,]/ && at <= length(flow)) at++ }

function flow_value(path,    c, item, key) {
  skip()
  c = substr(flow, at, 1)
  if (c == "[") {
    at++; item = 0
    for (skip(); at <= length(flow) && substr(flow, at, 1) != "]"; skip()) flow_value(path "." item++)
    at++
  } else if (c == "{") {
    at++
    for (skip(); at <= length(flow) && substr(flow, at, 1) != "}"; skip()) {
      key = flow_scalar(1)
      skip()
      if (substr(flow, at, 1) == ":") at++
      flow_value(path "." key)
    }
    at++
  } else emit(path, flow_scalar(0))
}

function flow_scalar(is_key,    c, text, start) {
  c = substr(flow, at, 1)
  text = ""
  if (c == "\"") {
    for (at++; at <= length(flow) && (c = substr(flow, at, 1)) != "\""; at++) {
      if (c != "\\") { text = text c; continue }
      c = substr(flow, ++at, 1)
      if (c == "n") text = text "\n"
      else if (c == "t") text = text "\t"
      else if (c == "r") text = text "\r"
      else if (c == "u") { text = text unicode(substr(flow, at + 1, 4)); at += 4 }
      else text = text c
    }
    at++
    return text
  }
  if (c == "'") {
    for (at++; at <= length(flow); at++) {
      c = substr(flow, at, 1)
      if (c == "'") { if (substr(flow, at + 1, 1) != "'") break; at++ }
      text = text c
    }
    at++
    return text
  }
  start = at
  while (at <= length(flow) && (c = substr(flow, at, 1)) !~ /[],}]/ && !(is_key && c == ":")) at++
  text = substr(flow, start, at - start)
  sub(/[ \t]+$/, "", text)
  return text == "null" ? "" : text
}

# The UTF-8 bytes of \uXXXX.
function unicode(hex,    code, i) {
  code = 0
  for (i = 1; i <= 4; i++) code = code * 16 + index("0123456789abcdef", tolower(substr(hex, i, 1))) - 1
  if (code < 128) return sprintf("%c", code)
  if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
  return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
}
