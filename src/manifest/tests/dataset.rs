//! Mistakes under `datasets`.

use insta::assert_snapshot;

use super::system_errors;

#[test]
fn names_of_datasets() {
    assert_snapshot!(
        system_errors(
            "    datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }\n"
        ),
        @r#"
          error: this is a pool, not a dataset
           --> trueup.yaml:7:17
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                 ^^^^ a pool's own dataset comes with the pool
            |
            = help: name a dataset below it, `POOL/NAME`: pools are made in TrueNAS

          error: invalid dataset name
           --> trueup.yaml:7:27
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                           ^^^^^^^^^^^ this is a path
            |
            = help: leave `/mnt/` out: a dataset is named `POOL/NAME`

          error: invalid dataset name
           --> trueup.yaml:7:44
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                            ^^^^^^^ nothing before or after a `/`
            |
            = help: write `POOL/NAME`, with letters, digits and `_`, `-`, `.`, `:` and spaces

          error: invalid dataset name
           --> trueup.yaml:7:57
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                                         ^^^^^^^^^^ this is a snapshot
            |
            = help: leave `@` and what follows out

          error: invalid dataset name
           --> trueup.yaml:7:73
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                                                         ^^^^^^ ZFS does not allow 'é'
            |
            = help: write `POOL/NAME`, with letters, digits and `_`, `-`, `.`, `:` and spaces

          error: invalid dataset name
           --> trueup.yaml:7:85
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                                                                     ^^^ a pool's name begins with a letter
            |
            = help: write `POOL/NAME`, with letters, digits and `_`, `-`, `.`, `:` and spaces

          error: expected a mapping, found the number `3`
           --> trueup.yaml:7:103
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                                                                                       ^

          7 errors in trueup.yaml
        "#
    );
}

#[test]
fn properties_of_datasets() {
    assert_snapshot!(
        system_errors(
            "    datasets:
      tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
      tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
      tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
"
        ),
        @r#"
    error: invalid compression `zsdt`
     --> trueup.yaml:8:30
      |
    8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
      |                              ^^^^ did you mean `zstd`?
      |
      = help: TrueNAS offers `on`, `off`, `lz4`, `zstd`, `zstd-1` to `zstd-19`, `zstd-fast-N`, `gzip`, `gzip-1`,
              `gzip-9`, `zle` and `lzjb`; `inherit` takes the parent's

    error: invalid record size
     --> trueup.yaml:8:48
      |
    8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
      |                                                ^^^^ not a power of two
      |
      = help: write a power of two between `512` and `16M`, such as `128K` or `1M`, or `inherit`

    error: invalid quota
     --> trueup.yaml:8:61
      |
    8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
      |                                                             ^^^^^ not a size
      |
      = help: write `G` or `GiB`: sizes here are binary, and `GB` leaves open which is meant

    error: expected `on`, `off` or `inherit`, found the text `maybe`
     --> trueup.yaml:8:78
      |
    8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
      |                                                                              ^^^^^

    error: expected `on`, found the text `yes`
     --> trueup.yaml:8:92
      |
    8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
      |                                                                                            ^^^

    error: expected a text, found the number `1`
     --> trueup.yaml:8:107
      |
    8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
      |                                                                                                           ^
      |
      = help: if this is meant as text, write it in quotes: "1"

    error: invalid compression `gzip-6`
     --> trueup.yaml:9:30
      |
    9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
      |                              ^^^^^^ did you mean `gzip-1`?
      |
      = help: TrueNAS offers `on`, `off`, `lz4`, `zstd`, `zstd-1` to `zstd-19`, `zstd-fast-N`, `gzip`, `gzip-1`,
              `gzip-9`, `zle` and `lzjb`; `inherit` takes the parent's

    error: invalid record size
     --> trueup.yaml:9:50
      |
    9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
      |                                                  ^^^ not between 512 and 16M
      |
      = help: write a power of two between `512` and `16M`, such as `128K` or `1M`, or `inherit`

    error: invalid quota
     --> trueup.yaml:9:62
      |
    9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
      |                                                              ^ no limit is written `none`
      |
      = help: write `none`

    error: invalid quota
     --> trueup.yaml:9:75
      |
    9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
      |                                                                           ^^^^ not a size
      |
      = help: write a whole number: `1.5T` is `1536G`

    error: expected `true` or `false`, found the text `on`
     --> trueup.yaml:9:99
      |
    9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
      |                                                                                                   ^^
      |
      = help: write `true`

    error: invalid quota
      --> trueup.yaml:10:24
       |
    10 |       tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
       |                        ^^^^ less than 1G
       |
       = help: TrueNAS takes a quota of at least `1G`, or `none`

    error: invalid quota
      --> trueup.yaml:10:40
       |
    10 |       tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
       |                                        ^^^^^^^ a quota is never inherited
       |
       = help: write `none` or a size, or leave the key out

    error: invalid record size
      --> trueup.yaml:10:61
       |
    10 |       tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
       |                                                             ^^^ not a size
       |
       = help: write a power of two between `512` and `16M`, such as `128K` or `1M`, or `inherit`

    error: unknown key `dedup` in a dataset
      --> trueup.yaml:10:66
       |
    10 |       tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
       |                                                                  ^^^^^ no such key
       |
       = help: the keys of a dataset are `create_ancestors`, `compression`, `readonly`, `atime`, `recordsize`, `quota`,
               `refquota` and `comments`

    15 errors in trueup.yaml
    "#
    );
}
