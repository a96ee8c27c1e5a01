#!/bin/sh
# The man page and the completions, as mandoc and the shells themselves see them; and make install.
. "$(dirname "$0")/lib.sh"

"$sg" help man >streamgauge.1
run mandoc -Tlint -W style streamgauge.1
is "$(printf '%s' "$out" | grep -v 'mandoc.db')" "" "mandoc has nothing to say about the man page"
page=$(mandoc -O width=80 streamgauge.1 | col -b)
for command in $("$sg" help | awk '/^  [a-z]+ /{print $1}'); do
    printf '%s\n' "$page" | grep -q "^   $command$"
    ok $? "the man page tells of $command"
done
like "$page" '143  ended by SIGTERM' "and of the exit statuses"

"$sg" help bash >bash
"$sg" help zsh >_streamgauge
"$sg" help fish >fish

# complete_bash WORDS...: what bash offers for the last word.
complete_bash() {
    bash -c '. ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _streamgauge
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | paste -sd' '
}
is "$(complete_bash streamgauge che)" check "bash completes a command"
like "$(complete_bash streamgauge --db x.db ch)" 'changes' "behind a global option, too"
is "$(complete_bash streamgauge check --drift)" --drift-baseline "and an option of the command"
is "$(complete_bash streamgauge list --qui)" --quiet "and one of all commands"
is "$(complete_bash streamgauge list --drift)" "" "but no other command's"

# complete_fish LINE: what fish offers, without descriptions.
complete_fish() {
    HOME=$work fish -c ". ./fish; complete -C '$1'" | cut -f1 | paste -sd' '
}
is "$(complete_fish 'streamgauge basel')" baseline "fish completes a command"
is "$(complete_fish 'streamgauge check --drift')" --drift-baseline "and an option"
is "$(complete_fish 'streamgauge list --drift')" "" "but no other command's"

# What zsh offers is asked through a terminal of its own.
# Each step waits for what the one before it shows, never for a time.
cat >ask.zsh <<'END'
zmodload zsh/zpty zsh/zselect
shown=
# until PATTERN: reads what the shell shows until it has that
until_shown() {
    local chunk
    repeat 600; do
        while zpty -r -t shell chunk; do shown+=$chunk; done
        [[ $shown == *$~1* ]] && return
        zselect -t 5
    done
    print -rn -- "$shown"
    exit 1
}
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''"
zpty -w shell "zstyle ':completion:*' verbose no; setopt no_auto_menu; bindkey '^I' complete-word; print re''ady"
until_shown ready
zpty -n -w shell "$1"$'\t'
until_shown "$2"
print -rn -- "$shown"
END
# complete_zsh LINE WANT
complete_zsh() {
    out=$(HOME=$work TERM=dumb timeout 60 zsh -f ask.zsh "$1" "$2" 2>&1)
    like "$out" "$2" "zsh completes $1"
}
complete_zsh 'streamgauge basel' 'streamgauge baseline'
complete_zsh 'streamgauge check --drift' 'streamgauge check --drift-baseline'

# Installed into a folder of ours.
run make -C "$tests/.." --no-print-directory install DESTDIR="$work/root" PREFIX=/usr B="$BUILD"
is "$status" 0 "make install"
is "$("$work/root/usr/bin/streamgauge" --version)" "$("$sg" --version)" "installs the program"
for file in lib/streamgauge.so share/man/man1/streamgauge.1 \
    share/bash-completion/completions/streamgauge share/zsh/site-functions/_streamgauge \
    share/fish/vendor_completions.d/streamgauge.fish; do
    [ -s "$work/root/usr/$file" ]
    ok $? "$file"
done
is "$(sqlite3 :memory: ".load $work/root/usr/lib/streamgauge" 'select sg_median(1)')" 1.0 \
    "a shell can load the extension"
done_testing
