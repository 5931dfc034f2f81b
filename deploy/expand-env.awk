# Expands {{NAME}} of an env file: awk -f expand-env.awk .env > .env.resolved
#
# The same as `ultid env expand`, for hosts that have Docker and a POSIX shell alone; a test holds the two to the same
# answers. Names may refer to each other in any order. \{{ stands for {{. Faults go to standard error, all at once, and
# end with 2.
BEGIN { apostrophe = sprintf("%c", 39) }

{
  line = $0
  sub(/\r$/, "", line)
  if (line ~ /^[ \t]*(#|$)/) next
  sub(/^[ \t]*(export[ \t]+)?/, "", line)
  at = index(line, "=")
  if (at == 0) next
  name = substr(line, 1, at - 1)
  sub(/[ \t]+$/, "", name)
  value = substr(line, at + 1)
  sub(/^[ \t]+/, "", value)
  if (name !~ /^[A-Za-z_][A-Za-z0-9_]*$/) { fault("Line " NR " names no variable: \"" name "\"."); next }
  quote = substr(value, 1, 1)
  if (quote == "\"" || quote == apostrophe || quote == "`") {
    rest = substr(value, 2)
    end = index(rest, quote)
    if (end == 0) { fault(name " begins with a quote that does not end on its line; write it on one line."); next }
    value = substr(rest, 1, end - 1)
    if (quote == "\"") gsub(/\\n/, "\n", value)
  } else {
    hash = index(value, "#")
    if (hash > 0) value = substr(value, 1, hash - 1)
    sub(/[ \t]+$/, "", value)
  }
  if (!(name in template)) order[++count] = name
  template[name] = value
}

END {
  for (i = 1; i <= count; i++) resolve(order[i], "")
  for (i = 1; i <= count; i++) text[i] = written(order[i], value_of[order[i]])
  if (faults > 0) exit 2
  for (i = 1; i <= count; i++) print text[i]
}

function fault(sentence) {
  if (sentence in told) return
  told[sentence] = 1
  faults++
  print sentence > "/dev/stderr"
}

# The value of a variable; `path` names those that are being expanded, each followed by a space.
function resolve(name, path,    rest, before, inner, result, cycle) {
  if (name in value_of) return value_of[name]
  if (!(name in template)) {
    fault(last_of(path) " refers to {{" name "}}, which is not set; set it or correct the name.")
    return ""
  }
  if (index(" " path, " " name " ") > 0) {
    cycle = substr(" " path, index(" " path, " " name " ") + 1) name
    gsub(/ /, " → ", cycle)
    fault(cycle " go round in a circle; give one of them a value of its own.")
    return ""
  }
  rest = template[name]
  result = ""
  while (match(rest, /\\\{\{|\{\{[ \t]*[A-Za-z_][A-Za-z0-9_]*[ \t]*\}\}/)) {
    before = substr(rest, 1, RSTART - 1)
    inner = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    if (substr(inner, 1, 1) == "\\") {
      result = result before "{{"
    } else {
      gsub(/[{} \t]/, "", inner)
      result = result before resolve(inner, path name " ")
    }
  }
  value_of[name] = result rest
  return value_of[name]
}

function last_of(path,    parts, n) {
  n = split(path, parts, " ")
  return parts[n]
}

# Plain where every reader of env files agrees; else in single quotes; else, for an apostrophe, in double ones.
function written(name, value) {
  if (value ~ /\n/) { fault(name " holds a line break, which Docker Compose reads differently; write it on one line."); return "" }
  if (value ~ /^[A-Za-z0-9_@%+:,.\/=-]*$/) return name "=" value
  if (index(value, apostrophe) == 0) return name "=" apostrophe value apostrophe
  if (value !~ /["$`\\]/) return name "=\"" value "\""
  fault(name " holds an apostrophe and one of \" $ ` \\, which no env file can; give it another value.")
  return ""
}
