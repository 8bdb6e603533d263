#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# explain.sh BASE NEW WORKLOAD: the time that kab explain takes for two stored profiles of 150,000
# blocks. The profiles are generated from real ones of the newest session, in place: blocks are cut into
# instructions, and what was executed more than once into pieces, until there are as many. What each
# function executed stays the same.
set -eu
base=$1 new=$2 workload=$3 blocks=150000
kab=$KAB_BUILD/kab
session=$(ls -t "$KAB_DATA/sessions" | head -n 1)

inflate() { # file
	perl -e '
	my ($file, $want) = @ARGV;
	open(my $in, "<", $file) or die; my @lines = <$in>; close $in;
	open(my $out, ">", $file) or die;
	my (@blocks, $at);
	sub put_blocks {
		my @all;
		for my $b (@blocks) {
			push @all, map { [$b->[0] + $_, $b->[2], $_ ? () : @$b[3 .. $#$b]] } 0 .. $b->[1] - 1;
		}
		my ($pieces, $number, $last) = (0, 0, 0);
		while (@all && $number < $want) {
			$number = 0;
			$pieces++;
			$number += $_->[1] < $pieces ? $_->[1] || 1 : $pieces for @all;
		}
		for my $b (@all) {
			my ($address, $count, @events) = @$b;
			my $n = $count < $pieces ? $count || 1 : $pieces;
			for my $i (1 .. $n) {
				my $part = int($count * $i / $n) - int($count * ($i - 1) / $n);
				my @show = !$have_events ? () : $i == 1 && @events ? @events : (0) x 7;
				printf $out "%s\n", join " ", map { sprintf "%x", $_ } $address - $last, 1, $part, @show;
				$last = $address;
			}
		}
		@blocks = ();
	}
	for (@lines) {
		if (/^([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)((?: [0-9a-f]+)*)$/) {
			$at += hex $1;
			my @events = split " ", $4;
			$have_events = @events;
			push @blocks, [$at, hex $2, hex $3, map { hex } @events];
			next;
		}
		put_blocks();
		$at = 0 if /^vcpu/;
		print $out $_;
	}
	close $out or die;' "$1" "$blocks"
}

for run in "$KAB_DATA/sessions/$session"/runs/*; do
	inflate "$run/profile"
	"$kab" collect -q "$run"
done
for _ in 1 2 3 4 5; do
	start=$EPOCHREALTIME
	"$kab" explain "$base" "$new" --workload "$workload" --format json >/dev/null
	awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", b - a }'
done | sort -n | sed -n 3p
