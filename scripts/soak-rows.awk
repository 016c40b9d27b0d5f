# Rows of the table in docs/reliability-report.md from the log of a run of scripts/soak.sh. A test
# says `result: WHAT: COURSE: N facts compared, N requests unclear, N lost, N doubled, N answers
# beyond N` as often as it likes, or `result: ` and a sentence, which is shown as it is.
function number(pattern) {
    return match($0, "[0-9]+ " pattern) ? substr($0, RSTART, RLENGTH) + 0 : 0
}
/^test [a-z_:]+ \.\.\. / {
    name = $2
    order[++tests] = name
    outcome[name] = "did not end"
}
/^result: / {
    text = substr($0, 9)
    if (text ~ /facts compared/) {
        results[name]++
        split("facts compared|lost|doubled|answers beyond", words, "|")
        facts[name] += number(words[1]); lost[name] += number(words[2])
        doubled[name] += number(words[3]); beyond[name] += number(words[4])
    } else {
        said[name] = said[name] "; " text
    }
}
/^(ok|FAILED)$/ || /^test .* \.\.\. (ok|FAILED)$/ { if (name != "") outcome[name] = $NF }
END {
    for (i = 1; i <= tests; i++) {
        n = order[i]
        failed += outcome[n] != "ok"
        all_facts += facts[n]; all_lost += lost[n]; all_doubled += doubled[n]; all_beyond += beyond[n]
    }
    verdict = failed ? failed " of " tests " FAILED" : "all " tests " passed"
    printf "| **%s to %s** | %s | **%s**: `%s`; %s | %d | %d | %d | %d |\n", began, ended, commit, \
        verdict, command, machine, all_facts, all_lost, all_doubled, all_beyond
    for (i = 1; i <= tests; i++) {
        n = order[i]
        what = "`" n "`: " outcome[n]
        if (results[n] > 1) what = what ", " results[n] " results"
        figures = results[n] ? facts[n] " | " lost[n] " | " doubled[n] " | " beyond[n] : "| | |"
        printf "| | | %s%s | %s |\n", what, said[n], figures
    }
}
