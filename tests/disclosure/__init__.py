"""An attack on published releases by an independent program. It reads only public data (the pack, REST and CSV of a
release with the definitions in the pack) and the threshold k. It derives what follows about fewer than k
organisations and about numbers that are withheld or published as ranges. It shares no code with the analysis; the raw
answers serve only to confirm its findings and to measure their size."""
