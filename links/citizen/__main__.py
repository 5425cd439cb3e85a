"""`python -m links.citizen`: the citizen API, on loopback."""

from links.citizen.app import main

if __name__ == "__main__":
    main()
